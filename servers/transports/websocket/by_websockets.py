"""WebSocket: `ws://…/websocket?after=N`, one text frame an event, or a batch of them.

On the same port `ws://…/echo` answers each text frame with one of its own (servers/http/echo.py).
Neither side is asked to send anything: keepalive pings are off, so that the bytes of an idle
connection are the feed's (TCP's own keepalive finds a vanished client after hours). Compression is
off unless it is on for the HTTP side too. What a subscriber sends is read and dropped; only a
further Channel may receive it.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed, NegotiationError
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from feed.history import Gap, History
from servers.errors import Refusal
from servers.http import echo
from servers.http.sockets import BACKLOG, Tls
from servers.settings import ServerSettings, SlowReader
from servers.transports.fan_out import CLOSE_S, OPEN_S, FanOut, WriteLimited
from servers.transports.websocket import protocol


class Channel(NamedTuple):
    """A feed at a path of its own.

    receive    takes what a subscriber sends; what it returns is sent back to that one alone. By
               default it drops it.
    max_bytes  of a message that a subscriber sends; a longer one closes the connection (1009).
    batch_s    as of FanOut.
    """

    path: str
    history: History
    receive: Callable[[str | bytes], str | None] = lambda message: None
    max_bytes: int = protocol.MAX_INCOMING_BYTES
    batch_s: float = 0.0


class Subscriber(WriteLimited, ServerConnection):
    """A connection that is closed once its unsent bytes stay above a limit."""

    _closing: asyncio.Task[None] | None = None

    def give_up(self) -> None:
        reason = protocol.slow_reason(self.transport.get_write_buffer_size())
        closing = self.close(protocol.TRY_AGAIN_LATER, reason)
        self._closing = self.loop.create_task(protocol.end_in_time(closing, self.transport))


class FeedEndpoint:
    """The subscribers of one channel."""

    def __init__(self, channel: Channel, slow_reader: SlowReader) -> None:
        self._channel = channel
        self._slow_reader = slow_reader
        self._fan_out: FanOut[Subscriber] = FanOut(
            channel.history, partial(broadcast, text=True), channel.batch_s
        )

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        """The handshake's refusal, 400; None lets it pass."""
        connection.protocol.max_message_size = self._channel.max_bytes
        try:
            self._cursor(request)
        except Refusal as refusal:
            return connection.respond(refusal.status, f"{refusal}\n")
        return None

    async def serve(self, connection: Subscriber, request: Request) -> None:
        """All that came after the client's cursor, then each event as it comes, to the close."""
        send = partial(connection.send, text=True)
        try:
            await self._fan_out.catch_up(self._cursor(request), send)
            self._fan_out.join(connection)
            connection.watch(connection.transport, self._slow_reader)
            async for message in connection:
                answer = self._channel.receive(message)
                if answer is not None:
                    await connection.send(answer)
        except Gap as gap:
            await connection.close(protocol.GAP, protocol.gap_reason(gap))
        finally:
            self._fan_out.leave(connection)

    def _cursor(self, request: Request) -> int:
        return protocol.cursor_of(request.path, self._channel.history, self._channel.path)


class EchoEndpoint:
    """Answers each text in its turn; a slow reader delays nobody else.

    A text that is too long (1009) or not UTF-8 (1007) closes the connection by the library.
    """

    def check(self, connection: ServerConnection, request: Request) -> None:
        """Any handshake passes."""
        connection.protocol.max_message_size = echo.MAX_TEXT_BYTES

    async def serve(self, connection: Subscriber, request: Request) -> None:
        """To the close."""
        async for message in connection:
            if isinstance(message, bytes):
                reason = "the echo takes text frames, not binary"
                await connection.close(CloseCode.UNSUPPORTED_DATA, reason)
                return
            await connection.send(echo.answer(message))


def agree(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """The subprotocol; none for a feed, and for those who ask for none.

    NegotiationError, answered with 400, for those who ask the echo for others alone.
    """
    assert connection.request is not None
    if not offered or urlsplit(connection.request.path).path != echo.PATH:
        return None
    if echo.SUBPROTOCOL not in offered:
        raise NegotiationError(f"asked for {', '.join(offered)}; offered is {echo.SUBPROTOCOL}")
    return Subprotocol(echo.SUBPROTOCOL)


@asynccontextmanager
async def listen(
    listener: socket.socket,
    history: History,
    settings: ServerSettings,
    tls: Tls,
    channels: Sequence[Channel] = (),
) -> AsyncIterator[None]:
    """Serve feed and echo on `listener` until the context ends, which closes all clients (1001).

    channels: served too, each at its path.
    """
    feeds = (Channel(protocol.PATH, history, batch_s=settings.batch_s), *channels)
    endpoints: dict[str, FeedEndpoint | EchoEndpoint] = {
        each.path: FeedEndpoint(each, settings.slow_reader) for each in feeds
    }
    endpoints[echo.PATH] = EchoEndpoint()

    def check(connection: ServerConnection, request: Request) -> Response | None:
        if endpoint := endpoints.get(urlsplit(request.path).path):
            return endpoint.check(connection, request)
        body = f"the feed is at {protocol.PATH}, the echo at {echo.PATH}\n"
        return connection.respond(HTTPStatus.NOT_FOUND, body)

    async def serve_one(connection: ServerConnection) -> None:
        assert isinstance(connection, Subscriber)
        assert connection.request is not None
        with contextlib.suppress(ConnectionClosed):
            endpoint = endpoints[urlsplit(connection.request.path).path]
            await endpoint.serve(connection, connection.request)

    server = await serve(
        serve_one,
        sock=listener,
        ssl=tls,
        backlog=BACKLOG,
        process_request=check,
        select_subprotocol=agree,
        create_connection=Subscriber,
        compression="deflate" if settings.compression else None,
        ping_interval=None,
        open_timeout=OPEN_S,
        close_timeout=CLOSE_S,
        max_size=protocol.MAX_INCOMING_BYTES,
    )
    try:
        yield
    finally:
        server.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), CLOSE_S)
        for connection in list(server.all_connections):
            connection.transport.abort()
