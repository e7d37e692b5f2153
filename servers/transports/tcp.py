"""A bare TCP socket: the floor, below which no transport that runs over TCP can get.

The client sends one frame, its request; from then on the server sends one an event.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from operator import methodcaller
from typing import cast

import msgspec

from feed.history import Gap, History
from servers.errors import Refusal
from servers.http import cursor
from servers.http.sockets import BACKLOG, Tls
from servers.settings import ServerSettings
from servers.transports.fan_out import CLOSE_S, OPEN_S, FanOut, WriteLimited

LENGTH_BYTES = 4
REFUSED = 1 << 31  # this bit of a length marks a frame that is no event
MAX_REQUEST_BYTES = 1024


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client asks for. after: its cursor as JSON; empty where it names none."""

    after: msgspec.Raw = msgspec.Raw(b"")


def event(message: bytes) -> bytes:
    """The frame of an encoded event."""
    return len(message).to_bytes(LENGTH_BYTES, "big") + message


def refused(error: str, **facts: int) -> bytes:
    """The last frame, which gives the reason why no event follows."""
    message = msgspec.json.encode({"error": error, **facts})
    return (len(message) | REFUSED).to_bytes(LENGTH_BYTES, "big") + message


def first(received: bytes) -> bytes | None:
    """The message of the first frame; None while it is not whole. Raises Refusal: too long."""
    if len(received) < LENGTH_BYTES:
        return None
    length = int.from_bytes(received[:LENGTH_BYTES], "big")
    if length > MAX_REQUEST_BYTES:
        most = f"{MAX_REQUEST_BYTES} bytes"
        raise Refusal(400, f"a request has a length of at most {most}, not {length}")
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


class Connection(WriteLimited, asyncio.Protocol):
    """One connection: its request, all that came after its cursor, then each event as it comes."""

    _transport: asyncio.Transport

    def __init__(self, fan_out: FanOut[asyncio.Transport], settings: ServerSettings) -> None:
        self._fan_out = fan_out
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._answered = False  # its request is taken, or refused
        self._alarm = self._loop.call_later(
            OPEN_S, self._leave, refused(f"no request within {OPEN_S:g} s")
        )

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._fan_out.opened(self._transport)

    def data_received(self, data: bytes) -> None:
        if self._answered:
            return  # whatever a subscriber sends is ignored
        self._received += data
        try:
            request = first(self._received)
            if request is not None:
                after = cursor_of(request, self._fan_out.history)
                self._answered = True
                self._alarm.cancel()
                self._fan_out.begin(self._transport, self._catch_up(after))
        except Refusal as refusal:
            self._leave(refused(refusal.error, **refusal.facts))

    def connection_lost(self, error: Exception | None) -> None:
        self._alarm.cancel()
        self.end_grace()
        self._fan_out.closed(self._transport)

    # What becomes of a request.

    async def _catch_up(self, after: int) -> None:
        try:
            await self._fan_out.catch_up(after, self._send)
        except Gap as gap:
            facts = {"after": gap.after, "first_seq": gap.first_seq, "last_seq": gap.last_seq}
            self._leave(refused("gap", **facts))
        else:
            self._fan_out.join(self._transport)
            self.watch(self._transport, self._settings.slow_reader)

    async def _send(self, message: bytes) -> None:
        self._transport.write(event(message))
        await self.writable()

    def _leave(self, last: bytes) -> None:
        """With a last frame. To close at once would drop it, where something is still unread."""
        self._answered = True
        self._alarm.cancel()
        self._transport.write(last)
        if self._transport.can_write_eof():
            self._transport.write_eof()
            self._alarm = self._loop.call_later(CLOSE_S, self.give_up)
        else:
            self._transport.close()

    def give_up(self) -> None:
        self._transport.abort()


def _push(joined: set[asyncio.Transport], message: bytes) -> None:
    frame = event(message)
    for transport in joined:
        transport.write(frame)


@asynccontextmanager
async def listen(
    listener: socket.socket, history: History, settings: ServerSettings, tls: Tls
) -> AsyncIterator[None]:
    """Serve the feed on `listener` until the context ends, which closes all connections."""
    fan_out: FanOut[asyncio.Transport] = FanOut(history, _push)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(fan_out, settings), sock=listener, ssl=tls, backlog=BACKLOG
    )
    try:
        yield
    finally:
        server.close()
        await fan_out.close(methodcaller("close"), methodcaller("abort"))
