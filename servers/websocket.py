"""WebSocket: `ws://…/websocket?after=N`, one text frame an event, or a batch of them.

Neither side is asked to send anything: keepalive pings are off, so that the bytes of an idle
connection are the feed's (TCP's own keepalive finds a vanished client after hours). Compression is
off unless it is on for the HTTP side too. What a subscriber sends is read and dropped.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from feed.history import Gap, History
from servers.listening import BACKLOG
from servers.refusal import Refusal
from servers.settings import ServerSettings, SlowReader
from servers.subscription import (
    CLOSE_S,
    GAP,
    MAX_INCOMING_BYTES,
    OPEN_S,
    TRY_AGAIN_LATER,
    Subscribers,
    asked,
    catch_up,
    gap_reason,
    slow_reason,
)


class Subscriber(ServerConnection):
    """A connection that is closed once its unsent bytes stay above a limit.

    broadcast() waits for nobody. But the transport tells by itself, through pause_writing, when
    its buffer grows over a limit: so nothing has to be looked up per message and connection.
    """

    _slow_reader: SlowReader | None = None
    _alarm: asyncio.TimerHandle | None = None
    _closing: asyncio.Task[None] | None = None

    def watch(self, slow_reader: SlowReader) -> None:
        """From now on hold the reader to that limit; before, send() waits for it as usual."""
        self._slow_reader = slow_reader
        self.transport.set_write_buffer_limits(high=slow_reader.buffer_bytes)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._slow_reader is not None:
            self._alarm = self.loop.call_later(self._slow_reader.grace_s, self._give_up)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._alarm is not None:
            self._alarm.cancel()

    def _give_up(self) -> None:
        reason = slow_reason(self.transport.get_write_buffer_size())
        self._closing = self.loop.create_task(self._close_or_abort(reason))

    async def _close_or_abort(self, reason: str) -> None:
        # close() first waits for the full buffer to drain, and that has no end of its own.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self.close(TRY_AGAIN_LATER, reason)
        self.transport.abort()


class Feed:
    """The subscribers, from their handshake to their close."""

    def __init__(self, history: History, slow_reader: SlowReader, batch_s: float = 0.0) -> None:
        self._history = history
        self._slow_reader = slow_reader
        self._subscribers: Subscribers[Subscriber] = Subscribers(history, _push, batch_s)

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        """The handshake's refusal, 404 or 400; None lets it pass."""
        try:
            asked(request.path, self._history)
        except Refusal as refusal:
            return connection.respond(refusal.status, f"{refusal}\n")
        return None

    async def subscribe(self, connection: ServerConnection) -> None:
        """All that came after the client's cursor, then each event as it comes, to the close."""
        assert isinstance(connection, Subscriber)
        assert connection.request is not None
        after = asked(connection.request.path, self._history)
        try:
            await catch_up(self._history, after, lambda text: connection.send(text, text=True))
            self._subscribers.join(connection)
            connection.watch(self._slow_reader)
            async for _ in connection:
                pass
        except Gap as gap:
            await connection.close(GAP, gap_reason(gap))
        except ConnectionClosed:
            pass
        finally:
            self._subscribers.leave(connection)


def _push(joined: set[Subscriber], message: bytes) -> None:
    broadcast(joined, message, text=True)


@asynccontextmanager
async def listen(
    listener: socket.socket,
    history: History,
    settings: ServerSettings,
    tls: ssl.SSLContext | None,
) -> AsyncIterator[None]:
    """Serve the feed on `listener` until the context ends, which closes all subscribers (1001)."""
    feed = Feed(history, settings.slow_reader, settings.batch_s)
    server = await serve(
        feed.subscribe,
        sock=listener,
        ssl=tls,
        backlog=BACKLOG,
        process_request=feed.check,
        create_connection=Subscriber,
        compression="deflate" if settings.compression else None,
        ping_interval=None,
        open_timeout=OPEN_S,
        close_timeout=CLOSE_S,
        max_size=MAX_INCOMING_BYTES,
    )
    try:
        yield
    finally:
        await _close(server)


async def _close(server: Server) -> None:
    server.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            await server.wait_closed()
    for connection in list(server.all_connections):
        connection.transport.abort()
