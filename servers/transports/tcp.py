"""A bare TCP socket: the floor that every transport is held against (docs/protocol.md).

The client sends one frame, its request; from then on the server sends one an event.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import msgspec

from feed.history import Gap, History
from servers.errors import Refusal
from servers.http import cursor
from servers.http.sockets import BACKLOG
from servers.settings import ServerSettings, SlowReader

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


# A client has this long to send its request.
OPEN_S = 30.0
# And this long to close, once it was told why; then it is cut off.
CLOSE_S = 0.3
# While it catches up, a connection leaves the loop to the others after this many events.
CATCH_UP_TURN = 256


class Feed:
    """The connections, and the one listener that fans each event out to the subscribed ones."""

    def __init__(self, history: History, slow_reader: SlowReader) -> None:
        self.history = history
        self.slow_reader = slow_reader
        self.connected: set[Subscriber] = set()
        self.subscribed: dict[Subscriber, asyncio.WriteTransport] = {}
        history.listen(self._fan_out)

    def _fan_out(self, message: bytes) -> None:
        frame = event(message)
        for transport in self.subscribed.values():
            transport.write(frame)

    async def close(self) -> None:
        """End every connection; those that do not take what is unsent are cut off."""
        connected = list(self.connected)
        for each in connected:
            each.transport.close()
        if connected:
            await asyncio.wait([each.over for each in connected], timeout=CLOSE_S)
        for each in connected:
            each.transport.abort()


class Subscriber(asyncio.Protocol):
    """One connection: its request, all that came after its cursor, then each event as it comes.

    Whoever fans out waits for nobody: the transport tells by itself, through pause_writing, when
    what is unsent grows over the limit, which is checked from the end of catching up on.
    """

    transport: asyncio.Transport

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._asked = False
        self._catching_up: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._alarm: asyncio.TimerHandle | None = None
        self.over: asyncio.Future[None] = self._loop.create_future()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._feed.connected.add(self)
        self._set_alarm(OPEN_S, self._no_request)

    def data_received(self, data: bytes) -> None:
        if self._asked:
            return  # a subscriber has nothing more to say
        self._received += data
        try:
            request = first(self._received)
            if request is not None:
                self._subscribe(cursor_of(request, self._feed.history))
        except Refusal as refusal:
            self._leave(told(refusal.error, **refusal.facts))

    def pause_writing(self) -> None:
        self._writable.clear()
        if self in self._feed.subscribed:
            self._set_alarm(self._feed.slow_reader.grace_s, self.transport.abort)

    def resume_writing(self) -> None:
        self._writable.set()
        self._stop_alarm()

    def connection_lost(self, error: Exception | None) -> None:
        self._stop_alarm()
        if self._catching_up is not None:
            self._catching_up.cancel()
        self._feed.connected.discard(self)
        self._feed.subscribed.pop(self, None)
        self.over.set_result(None)

    # What becomes of a request.

    def _subscribe(self, after: int) -> None:
        self._asked = True
        self._stop_alarm()
        self._catching_up = self._loop.create_task(self._catch_up(after))

    async def _catch_up(self, after: int) -> None:
        try:
            while messages := self._feed.history.since(after):
                for start in range(0, len(messages), CATCH_UP_TURN):
                    turn = messages[start : start + CATCH_UP_TURN]
                    self.transport.write(b"".join(map(event, turn)))
                    await asyncio.sleep(0)
                    await self._writable.wait()
                after += len(messages)
        except Gap as gap:
            facts = {"after": gap.after, "first_seq": gap.first_seq, "last_seq": gap.last_seq}
            self._leave(told("gap", **facts))
        else:
            # Nothing was left to send, and joining is the same step: no event can fall between.
            self._feed.subscribed[self] = self.transport
            self.transport.set_write_buffer_limits(high=self._feed.slow_reader.buffer_bytes)

    def _leave(self, last: bytes) -> None:
        """With a last frame. To close at once would drop it, where something is still unread."""
        self._asked = True
        self.transport.write(last)
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self._set_alarm(CLOSE_S, self.transport.abort)
        else:
            self.transport.close()

    def _no_request(self) -> None:
        self._leave(told(f"no request within {OPEN_S:g} s"))

    def _set_alarm(self, after_s: float, callback: Callable[[], None]) -> None:
        self._stop_alarm()
        self._alarm = self._loop.call_later(after_s, callback)

    def _stop_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


@asynccontextmanager
async def listen(
    listener: socket.socket,
    history: History,
    settings: ServerSettings,
    tls: ssl.SSLContext | None,
) -> AsyncIterator[None]:
    """Serve the feed on `listener` until the context ends, which closes all connections."""
    feed = Feed(history, settings.slow_reader)
    server = await asyncio.get_running_loop().create_server(
        lambda: Subscriber(feed), sock=listener, ssl=tls, backlog=BACKLOG
    )
    try:
        yield
    finally:
        server.close()
        await feed.close()
