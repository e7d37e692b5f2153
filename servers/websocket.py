"""WebSocket: `ws://…/websocket?after=N`, one text frame an event, or a batch of them.

On the same port `ws://…/echo` answers each text frame with one of its own (servers/echo.py).
Neither side is asked to send anything: keepalive pings are off, so that the bytes of an idle
connection are the feed's (TCP's own keepalive finds a vanished client after hours). Compression is
off unless it is on for the HTTP side too. What a subscriber sends is read and dropped.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed, NegotiationError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from feed.history import Gap, History
from servers import cursor, echo
from servers.batch import Batch
from servers.listening import BACKLOG
from servers.refusal import Refusal
from servers.settings import ServerSettings, SlowReader

PATH = "/websocket"
GAP = 4410
TRY_AGAIN_LATER = 1013
UNSUPPORTED_DATA = 1003

MAX_INCOMING_BYTES = 1024
# A client has this long to answer the closing handshake; then it is cut off.
CLOSE_S = 0.3
# Thousands of handshakes may queue up on one busy core.
OPEN_S = 30.0
# While it catches up, a connection leaves the loop to the others after this many events.
CATCH_UP_TURN = 256


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
        reason = f"reads too slowly: {self.transport.get_write_buffer_size()} bytes wait"
        self._closing = self.loop.create_task(self._close_or_abort(reason))

    async def _close_or_abort(self, reason: str) -> None:
        # close() first waits for the full buffer to drain, and that has no end of its own.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self.close(TRY_AGAIN_LATER, reason)
        self.transport.abort()


class Feed:
    """The subscribers, and the one listener that fans each event out to them."""

    def __init__(self, history: History, slow_reader: SlowReader, batch_s: float = 0.0) -> None:
        self._history = history
        self._slow_reader = slow_reader
        self._joined: set[Subscriber] = set()
        self._batch = Batch(batch_s, self._fan_out)
        history.listen(self._batch.add if batch_s else self._fan_out)

    def _fan_out(self, message: bytes) -> None:
        broadcast(self._joined, message, text=True)

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        """The handshake's refusal, 400; None lets it pass."""
        try:
            self._cursor(request)
        except Refusal as refusal:
            return connection.respond(refusal.status, f"{refusal}\n")
        return None

    async def subscribe(self, connection: ServerConnection) -> None:
        """All that came after the client's cursor, then each event as it comes, to the close."""
        assert isinstance(connection, Subscriber)
        assert connection.request is not None
        try:
            # Its end, nothing left to send, and joining are one step: no event can fall between.
            await self._catch_up(connection, self._cursor(connection.request))
            self._batch.flush()  # for the others: the newcomer has these events already
            self._joined.add(connection)
            connection.watch(self._slow_reader)
            async for _ in connection:
                pass
        except Gap as gap:
            reason = f"gap: first_seq={gap.first_seq} last_seq={gap.last_seq}"
            await connection.close(GAP, reason)
        except ConnectionClosed:
            pass
        finally:
            self._joined.discard(connection)

    async def _catch_up(self, connection: Subscriber, after: int) -> None:
        while messages := self._history.since(after):
            for count, message in enumerate(messages, start=1):
                await connection.send(message, text=True)
                if count % CATCH_UP_TURN == 0:
                    await asyncio.sleep(0)
            after += len(messages)

    def _cursor(self, request: Request) -> int:
        query = parse_qs(urlsplit(request.path).query, keep_blank_values=True)
        return cursor.parse(query.get("after", [None])[0], self._history)


async def converse(connection: ServerConnection) -> None:
    """Answer each text in its turn, to the close; a reader who is slow holds up only itself.

    A text that is too long (1009) or not UTF-8 (1007) closes the connection without a word here.
    """
    with contextlib.suppress(ConnectionClosed):
        async for message in connection:
            if isinstance(message, bytes):
                await connection.close(UNSUPPORTED_DATA, "the echo takes text frames, not binary")
                return
            await connection.send(echo.answer(message))


class Paths:
    """What is at each path of the port: the feed and the echo."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        """The handshake's refusal, 404 or 400; None lets it pass."""
        path = urlsplit(request.path).path
        if path == PATH:
            return self._feed.check(connection, request)
        if path != echo.PATH:
            told = f"the feed is at {PATH}, the echo at {echo.PATH}\n"
            return connection.respond(HTTPStatus.NOT_FOUND, told)
        connection.protocol.max_message_size = echo.MAX_TEXT_BYTES
        return None

    def agree(
        self, connection: ServerConnection, asked: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        """The subprotocol; none for the feed, and for those who ask for none.

        NegotiationError, answered with 400, for those who ask the echo for others alone.
        """
        if not asked or not _is_echo(connection):
            return None
        if echo.SUBPROTOCOL not in asked:
            names = ", ".join(asked)
            raise NegotiationError(f"asked for {names}; offered is {echo.SUBPROTOCOL}")
        return Subprotocol(echo.SUBPROTOCOL)

    async def serve(self, connection: ServerConnection) -> None:
        """The connection, from its handshake to its close."""
        if _is_echo(connection):
            await converse(connection)
        else:
            await self._feed.subscribe(connection)


def _is_echo(connection: ServerConnection) -> bool:
    assert connection.request is not None
    return urlsplit(connection.request.path).path == echo.PATH


@asynccontextmanager
async def listen(
    listener: socket.socket,
    history: History,
    settings: ServerSettings,
    tls: ssl.SSLContext | None,
) -> AsyncIterator[None]:
    """Serve feed and echo on `listener` until the context ends, which closes all clients (1001)."""
    paths = Paths(Feed(history, settings.slow_reader, settings.batch_s))
    server = await serve(
        paths.serve,
        sock=listener,
        ssl=tls,
        backlog=BACKLOG,
        process_request=paths.check,
        select_subprotocol=paths.agree,
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
