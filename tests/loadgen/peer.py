"""A WebSocket server that says exactly what a test scripts, byte by byte (RFC 6455)."""

import asyncio
import base64
import hashlib
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from feed.event import Event, encode
from tests.loadgen.witness import request_of, scripted

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA

Exchange = Callable[["Peer"], Awaitable[None]]


class Peer:
    """The server's side of one connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.up_bytes = 0
        self.down_bytes = 0
        self.head = ""

    async def shake_hands(self, extra: str = "") -> None:
        self.head = await request_of(self._reader)
        self.up_bytes += len(self.head)
        lines = [line.split(": ", 1) for line in self.head.splitlines() if ": " in line]
        key = {name.lower(): value for name, value in lines}["sec-websocket-key"].encode()
        token = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        self.write(
            "HTTP/1.1 101 Switching Protocols\r\nDate: Sat, 07 Nov 2009 00:32:46 GMT\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {token}\r\n"
            f"{extra}\r\n".encode()
        )

    def write(self, raw: bytes) -> None:
        self.down_bytes += len(raw)
        self._writer.write(raw)

    def send(self, kind: int, payload: bytes = b"") -> None:
        self.write(frame(kind, payload))

    async def frame(self) -> tuple[int, bytes]:
        """The client's next frame, unmasked: its opcode and payload of up to 125 bytes."""
        first, second = await self._reader.readexactly(2)
        mask = await self._reader.readexactly(4)
        masked = await self._reader.readexactly(second & 0x7F)
        self.up_bytes += 6 + len(masked)
        return first & 0xF, bytes(byte ^ mask[at % 4] for at, byte in enumerate(masked))

    async def end(self) -> None:
        """Answer the client's close frame."""
        kind, payload = await self.frame()
        assert kind == CLOSE
        self.send(CLOSE, payload)


def frame(kind: int, payload: bytes, final: int = 0x80) -> bytes:
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", final | kind, size) + payload
    if size < 65_536:
        return struct.pack("!BBH", final | kind, 126, size) + payload
    return struct.pack("!BBQ", final | kind, 127, size) + payload


def event(seq: int, text: str = "text") -> bytes:
    return encode(Event(seq, seq * 10, text))


def close_payload(code: int, reason: str = "") -> bytes:
    return struct.pack("!H", code) + reason.encode()


@asynccontextmanager
async def serving(*exchanges: Exchange) -> AsyncIterator[tuple[str, list[Peer]]]:
    """A server that has these exchanges, one a connection; its url and its peers."""
    waiting = list(exchanges)
    peers: list[Peer] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(Peer(reader, writer))
        await waiting.pop(0)(peers[-1])

    async with scripted(script) as port:
        yield f"ws://127.0.0.1:{port}/websocket", peers
