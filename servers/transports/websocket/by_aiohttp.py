"""WebSocket on aiohttp's WebSocketResponse, served by the same bare-bones site as the polls.

aiohttp has no broadcast: one task sends each message to one subscriber after the other. It never
waits for any of them, as their frames go to the transport's buffer at once, however full it is.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import WSCloseCode, WSMsgType, web

from feed.history import Gap, History
from servers.http.aiohttp_site import site
from servers.http.sockets import Tls
from servers.settings import ServerSettings
from servers.transports.fan_out import CLOSE_S, DrainWatch, FanOut
from servers.transports.websocket import protocol

# aiohttp closes for these by itself, and gives no reason.
_REASONS: dict[int, bytes] = {
    WSCloseCode.PROTOCOL_ERROR: b"not a frame of RFC 6455",
    WSCloseCode.INVALID_TEXT: b"not UTF-8",
    WSCloseCode.MESSAGE_TOO_BIG: b"more than %d bytes" % protocol.MAX_INCOMING_BYTES,
}


class Subscriber(web.WebSocketResponse):
    """A connection that is closed once its unsent bytes stay above a limit."""

    watch: DrainWatch  # once it has caught up

    def __init__(self, request: web.BaseRequest, compression: bool) -> None:
        assert request.transport is not None
        self._transport = request.transport
        self._flow = request.writer
        super().__init__(
            timeout=CLOSE_S,
            compress=compression,
            max_msg_size=protocol.MAX_INCOMING_BYTES + 1,  # the size from which it refuses
            writer_limit=sys.maxsize,
        )

    async def send(self, message: bytes) -> None:
        """Send it, and wait for a slow reader. Raises ConnectionError."""
        await self.send_frame(message, WSMsgType.TEXT)
        await self._flow.drain()

    async def push(self, message: bytes) -> None:
        """Send it, and wait for nobody."""
        try:
            await self.send_frame(message, WSMsgType.TEXT)
        except ConnectionError:
            return  # it is gone, and is about to leave
        self.watch.check()

    async def close(
        self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True
    ) -> bool:
        """As the library's, with a reason where that has none."""
        reason = message or _REASONS.get(code, b"")
        return await super().close(code=code, message=reason, drain=drain)

    async def close_or_abort(self, code: int, reason: str = "") -> None:
        """The closing handshake, or what is left of it, within CLOSE_S."""
        closing = self.close(code=code, message=reason.encode())
        await protocol.end_in_time(closing, self._transport)

    async def give_up(self) -> None:
        """What becomes of a slow reader."""
        reason = protocol.slow_reason(self._transport.get_write_buffer_size())
        await self.close_or_abort(protocol.TRY_AGAIN_LATER, reason)
        self._transport.abort()


class Subscribers:
    """The subscribers of one feed, and the task that sends to one after the other."""

    def __init__(self, history: History, settings: ServerSettings) -> None:
        self._settings = settings
        self.fan_out: FanOut[Subscriber] = FanOut(
            history,
            # Who joins between this and the task's turn has been sent the message already.
            lambda joined, message: self._due.put_nowait((message, tuple(joined))),
            settings.batch_s,
        )
        self._due: asyncio.Queue[tuple[bytes, tuple[Subscriber, ...]]] = asyncio.Queue()

    async def subscribe(self, request: web.BaseRequest) -> web.StreamResponse:
        """The handler: Refusal (400) before the handshake; then all there is, to the close."""
        after = protocol.cursor_of(request.path_qs, self.fan_out.history)
        subscriber = Subscriber(request, self._settings.compression)
        await subscriber.prepare(request)  # raises HTTPBadRequest for what is no handshake
        self.fan_out.opened(subscriber)
        try:
            await self.fan_out.catch_up(after, subscriber.send)
            slow_reader = self._settings.slow_reader
            subscriber.watch = DrainWatch(request, slow_reader, subscriber.give_up)
            self.fan_out.join(subscriber)
            async for _ in subscriber:
                pass
        except Gap as gap:
            await subscriber.close_or_abort(protocol.GAP, protocol.gap_reason(gap))
        except ConnectionError:
            pass
        finally:
            self.fan_out.closed(subscriber)
        return subscriber

    async def send_due(self) -> None:
        """Send what is due to whom it is due; to be run as a task, and cancelled in the end."""
        while True:
            message, receivers = await self._due.get()
            for subscriber in receivers:
                await subscriber.push(message)


@asynccontextmanager
async def listen(
    listener: socket.socket, history: History, settings: ServerSettings, tls: Tls
) -> AsyncIterator[None]:
    """Serve the feed on `listener` until the context ends, which closes all subscribers (1001)."""
    subscribers = Subscribers(history, settings)
    task = asyncio.get_running_loop().create_task(subscribers.send_due())
    async with site(listener, {f"GET {protocol.PATH}": subscribers.subscribe}, tls):
        try:
            yield
        finally:
            task.cancel()
            clients = subscribers.fan_out.open
            await asyncio.gather(*(each.close_or_abort(protocol.GOING_AWAY) for each in clients))
