"""permessage-deflate, the receiving half (RFC 7692). Pure: payloads in, messages out."""

import zlib

EXTENSION = "permessage-deflate"
_TAIL = b"\x00\x00\xff\xff"  # which the sender has cut off (section 7.2.2)


class Inflater:
    """Decompresses the messages of one connection, in their order."""

    def __init__(self, *, context_takeover: bool) -> None:
        """context_takeover: whether a message may refer to those before it."""
        self._context_takeover = context_takeover
        self._inflate = _raw()

    def message(self, payload: bytes) -> bytes:
        """Of a frame whose RSV1 bit is set. Raises zlib.error for what was not deflated."""
        message = self._inflate.decompress(payload + _TAIL)
        if not self._context_takeover:
            self._inflate = _raw()
        return message


def agreed(extensions: str | None) -> Inflater | None:
    """For the Sec-WebSocket-Extensions of a handshake's answer; None where it has none.

    Raises ConnectionError for any other extension than this one.
    """
    if not extensions:
        return None
    name, *parameters = (part.strip() for part in extensions.split(";"))
    if name != EXTENSION or "," in extensions:
        raise ConnectionError(f"the server insists on the extension {extensions}")
    return Inflater(context_takeover="server_no_context_takeover" not in parameters)


def required(extensions: str | None) -> Inflater:
    """As agreed(), where the server has to compress; ConnectionError where it does not."""
    inflater = agreed(extensions)
    if inflater is None:
        raise ConnectionError(f"the server does not compress ({EXTENSION})")
    return inflater


def _raw() -> "zlib._Decompress":
    # The largest window takes what was deflated with any smaller one.
    return zlib.decompressobj(-zlib.MAX_WBITS)
