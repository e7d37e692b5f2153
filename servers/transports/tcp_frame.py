"""The frames of the bare TCP socket (docs/protocol.md). Pure.

A frame is a length of four bytes, big-endian, and so many bytes of JSON. What the server tells
besides events, that there is a gap or that the request was bad, stands in a frame whose length has
its highest bit set, and which is the last.
"""

import msgspec

from feed.history import History
from servers.errors import Refusal
from servers.http import cursor

LENGTH_BYTES = 4
TOLD = 1 << 31
MAX_REQUEST_BYTES = 1024


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client asks for. after: its cursor as JSON; empty where it names none."""

    after: msgspec.Raw = msgspec.Raw(b"")


def event(message: bytes) -> bytes:
    """The frame of an encoded event."""
    return len(message).to_bytes(LENGTH_BYTES, "big") + message


def told(error: str, **facts: int) -> bytes:
    """The frame that says why no event follows."""
    message = msgspec.json.encode({"error": error, **facts})
    return (len(message) | TOLD).to_bytes(LENGTH_BYTES, "big") + message


def first(received: bytes) -> bytes | None:
    """The message of the first frame; None while it is not whole. Raises Refusal: too long."""
    if len(received) < LENGTH_BYTES:
        return None
    length = int.from_bytes(received[:LENGTH_BYTES], "big")
    if length > MAX_REQUEST_BYTES:
        raise Refusal(
            400, f"a request has a length of at most {MAX_REQUEST_BYTES} bytes, not {length}"
        )
    end = LENGTH_BYTES + length
    return received[LENGTH_BYTES:end] if len(received) >= end else None


def cursor_of(request: bytes, history: History) -> int:
    """The cursor of a request, as cursor.parse() gives it. Raises Refusal."""
    try:
        asked = msgspec.json.decode(request, type=Request)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(400, f'not a request such as {{"after":17}}: {error}') from None
    text = bytes(asked.after).decode(errors="replace")
    return cursor.parse(text or None, history)
