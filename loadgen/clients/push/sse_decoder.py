"""A decoder of event streams (WHATWG HTML, section 9.2.6): bytes in, messages out.

The bytes stay undecoded UTF-8: what ends a line or a field's name is ASCII. The fields `id` and
`retry` are left out, as a stream that is lost is not opened again.
"""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventStream:
    """Decodes one stream, wherever its bytes are cut."""

    def __init__(self) -> None:
        self._begun = False
        self._unfinished: list[bytes] = []  # parts of a line
        self._after_cr = False  # an LF that comes next belongs to it
        self._kind = b""
        self._data: list[bytes] = []

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """The messages that these bytes complete: kind (`message` where none is named), data."""
        messages: list[tuple[bytes, bytes]] = []
        for line in self._lines(data):
            # A line that begins with a colon is a comment: its field has no name.
            name, _, value = line.partition(b":")
            if name == b"data":
                self._data.append(value.removeprefix(b" "))
            elif name == b"event":
                self._kind = value.removeprefix(b" ")
            elif not line:
                if self._data:
                    messages.append((self._kind or b"message", b"\n".join(self._data)))
                    self._data.clear()
                self._kind = b""
        return messages

    def _lines(self, data: bytes) -> list[bytes]:
        """The lines that these bytes complete, without their ends: CRLF, LF or CR."""
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if not data:
            return []
        lines = data.splitlines()
        whole = data.endswith((b"\n", b"\r"))
        if whole or len(lines) > 1:
            lines[0] = b"".join([*self._unfinished, lines[0]])
            self._unfinished.clear()
        if not whole:
            self._unfinished.append(lines.pop())
        self._after_cr = data.endswith(b"\r")
        if lines and not self._begun:
            lines[0] = lines[0].removeprefix(BYTE_ORDER_MARK)
            self._begun = True
        return lines
