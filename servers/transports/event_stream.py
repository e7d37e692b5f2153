"""What goes over an event stream, as bytes (WHATWG HTML, section 9.2.5). Pure."""

COMMENT = b":\n"
HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}


def event(seq: int, message: bytes) -> bytes:
    """An encoded event under its number, which a browser names when it connects again.

    One `data` line is enough: JSON escapes whatever would end it.
    """
    return b"id: %d\ndata: %b\n\n" % (seq, message)


def gap(first_seq: int, last_seq: int) -> bytes:
    """That the events up to last_seq are left out; what is held begins with first_seq."""
    told = b'{"first_seq":%d,"last_seq":%d}' % (first_seq, last_seq)
    return b"id: %d\nevent: gap\ndata: %b\n\n" % (last_seq, told)


def chunk(data: bytes) -> bytes:
    """`data`, not empty, as one chunk of a body without a known end (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)
