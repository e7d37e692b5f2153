"""WebSocket: `ws://…/websocket?after=N`, one text frame an event, or a batch of them.

On the same port `ws://…/echo` answers each text frame with one of its own (servers/http/echo.py).
Neither side is asked to send anything: keepalive pings are off, so that the bytes of an idle
connection are the feed's (TCP's own keepalive finds a vanished client after hours). Compression is
off unless it is on for the HTTP side too. What a subscriber sends is read and dropped; only a
further channel, a feed at a path of its own, may receive it.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed, NegotiationError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from feed.history import Gap, History
from servers.errors import Refusal
from servers.http import echo
from servers.http.sockets import BACKLOG
from servers.settings import ServerSettings, SlowReader
from servers.transports.fan_out import CLOSE_S, OPEN_S, FanOut, WriteLimit
from servers.transports.websocket.protocol import (
    GAP,
    MAX_INCOMING_BYTES,
    PATH,
    TRY_AGAIN_LATER,
    cursor_of,
    gap_reason,
    slow_reason,
)

UNSUPPORTED_DATA = 1003


class Channel(NamedTuple):
    """A further feed on the same port, each event pushed at once.

    path       where it is.
    history    what it pushes.
    receive    takes what a subscriber sends; what it returns is sent back to that one alone.
    max_bytes  of a frame that a subscriber sends; a longer one closes the connection (1009).
    """

    path: str
    history: History
    receive: Callable[[str | bytes], str | None]
    max_bytes: int


class Subscriber(ServerConnection):
    """A connection that is closed once its unsent bytes stay above a limit."""

    _limit: WriteLimit | None = None
    _closing: asyncio.Task[None] | None = None

    def watch(self, slow_reader: SlowReader) -> None:
        """From now on hold the reader to that limit; before, send() waits for it as usual."""
        self._limit = WriteLimit(slow_reader, self._give_up)
        self._limit.watch(self.transport)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._limit is not None:
            self._limit.pause()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._limit is not None:
            self._limit.resume()

    def _give_up(self) -> None:
        reason = slow_reason(self.transport.get_write_buffer_size())
        self._closing = self.loop.create_task(self._close_or_abort(reason))

    async def _close_or_abort(self, reason: str) -> None:
        # close() first waits for the full buffer to drain, and that has no end of its own.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self.close(TRY_AGAIN_LATER, reason)
        self.transport.abort()


class FeedPath:
    """The feed at one path: its handshakes and its subscribers."""

    def __init__(
        self,
        history: History,
        settings: ServerSettings,
        channel: Channel | None = None,
    ) -> None:
        """channel: which further one it is; None: the feed at PATH, which receives nothing."""
        self._slow_reader = settings.slow_reader
        self._path = channel.path if channel else PATH
        self._receive = channel.receive if channel else None
        self._max_bytes = channel.max_bytes if channel else MAX_INCOMING_BYTES
        batch_s = 0.0 if channel else settings.batch_s
        self._fan_out: FanOut[Subscriber] = FanOut(history, _push, batch_s)

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        """The handshake's refusal, 400; None lets it pass."""
        connection.protocol.max_message_size = self._max_bytes
        try:
            cursor_of(request.path, self._fan_out.history, self._path)
        except Refusal as refusal:
            return connection.respond(refusal.status, f"{refusal}\n")
        return None

    async def subscribe(self, connection: ServerConnection) -> None:
        """All that came after the client's cursor, then each event as it comes, to the close."""
        assert isinstance(connection, Subscriber)
        assert connection.request is not None
        after = cursor_of(connection.request.path, self._fan_out.history, self._path)
        try:
            await self._fan_out.catch_up(after, lambda text: connection.send(text, text=True))
            self._fan_out.join(connection)
            connection.watch(self._slow_reader)
            async for message in connection:
                answer = self._receive(message) if self._receive else None
                if answer is not None:
                    await connection.send(answer)
        except Gap as gap:
            await connection.close(GAP, gap_reason(gap))
        except ConnectionClosed:
            pass
        finally:
            self._fan_out.leave(connection)


def _push(joined: set[Subscriber], message: bytes) -> None:
    broadcast(joined, message, text=True)


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
    """What is at each path of the port: the feed, further channels, and the echo."""

    def __init__(self, feeds: Mapping[str, FeedPath]) -> None:
        self._feeds = feeds

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        """The handshake's refusal, 404 or 400; None lets it pass."""
        path = urlsplit(request.path).path
        if path in self._feeds:
            return self._feeds[path].check(connection, request)
        if path != echo.PATH:
            told = f"the feed is at {PATH}, the echo at {echo.PATH}\n"
            return connection.respond(HTTPStatus.NOT_FOUND, told)
        connection.protocol.max_message_size = echo.MAX_TEXT_BYTES
        return None

    def agree(
        self, connection: ServerConnection, offered: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        """The subprotocol; none for the feed, and for those who ask for none.

        NegotiationError, answered with 400, for those who ask the echo for others alone.
        """
        if not offered or not _is_echo(connection):
            return None
        if echo.SUBPROTOCOL not in offered:
            names = ", ".join(offered)
            raise NegotiationError(f"asked for {names}; offered is {echo.SUBPROTOCOL}")
        return Subprotocol(echo.SUBPROTOCOL)

    async def serve(self, connection: ServerConnection) -> None:
        """The connection, from its handshake to its close."""
        if _is_echo(connection):
            await converse(connection)
        else:
            await self._feeds[_path(connection)].subscribe(connection)


def _is_echo(connection: ServerConnection) -> bool:
    return _path(connection) == echo.PATH


def _path(connection: ServerConnection) -> str:
    assert connection.request is not None
    return urlsplit(connection.request.path).path


@asynccontextmanager
async def listen(
    listener: socket.socket,
    history: History,
    settings: ServerSettings,
    tls: ssl.SSLContext | None,
    channels: Sequence[Channel] = (),
) -> AsyncIterator[None]:
    """Serve feed and echo on `listener` until the context ends, which closes all clients (1001).

    channels: served too, each at its path.
    """
    feeds = {each.path: FeedPath(each.history, settings, each) for each in channels}
    paths = Paths({PATH: FeedPath(history, settings), **feeds})
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
