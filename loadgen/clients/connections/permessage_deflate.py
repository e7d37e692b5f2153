"""permessage-deflate, the receiving half (RFC 7692): payloads in, messages out."""

import zlib

EXTENSION = "permessage-deflate"
_TAIL = b"\x00\x00\xff\xff"  # which the sender has cut off (section 7.2.2)


class Inflater:
    """Decompresses the messages of one connection, in their order."""

    def __init__(self, *, context_takeover: bool) -> None:
        """context_takeover: whether a message may refer to those before it."""
        self._context_takeover = context_takeover
        self._start()

    def message(self, payload: bytes) -> bytes:
        """Of a frame whose RSV1 bit is set. Raises zlib.error for what was not deflated."""
        message = self._inflate.decompress(payload + _TAIL)
        if not self._context_takeover:
            self._start()
        return message

    def _start(self) -> None:
        # The largest window takes what was deflated with any smaller one.
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)


def agreed(extensions: str | None, *, offered: bool) -> Inflater | None:
    """What the server agreed to, by the Sec-WebSocket-Extensions of its handshake's answer.

    offered: whether it was asked to compress. Raises ConnectionError where it does so unasked, does
    not although asked, or insists on another extension.
    """
    name, *parameters = (part.strip() for part in (extensions or "").split(";"))
    if extensions and (not offered or name != EXTENSION or "," in extensions):
        raise ConnectionError(f"the server insists on the extension {extensions}")
    if offered and not extensions:
        raise ConnectionError(f"the server does not compress ({EXTENSION})")
    if not offered:
        return None
    return Inflater(context_takeover="server_no_context_takeover" not in parameters)
