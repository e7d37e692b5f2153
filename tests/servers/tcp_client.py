"""The frames of a bare TCP socket, as a client has them."""

import asyncio
import json
import struct


def framed(message: bytes) -> bytes:
    return struct.pack(">I", len(message)) + message


def request(after: str | None) -> bytes:
    """after: a number as such, anything else as text; None: all that is held."""
    if after is None:
        return framed(b"{}")
    value = after if after.lstrip("-").isdigit() else json.dumps(after)
    return framed(b'{"after":%b}' % value.encode())


async def frame(reader: asyncio.StreamReader) -> tuple[bool, bytes]:
    """Whether the next frame is an event, and its message."""
    (length,) = struct.unpack(">I", await reader.readexactly(4))
    return length < 2**31, await reader.readexactly(length % 2**31)
