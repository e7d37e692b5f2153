"""WebSocket on aiohttp's WebSocketResponse, served by the same bare-bones site as the polls.

aiohttp has no broadcast: one task sends each message to one subscriber after the other. It never
waits for any of them, as their frames go to the transport's buffer at once, whatever it holds.
"""

import asyncio
import socket
import ssl
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.abc import AbstractStreamWriter

from feed.history import Gap, History
from servers.http.aiohttp_site import site
from servers.settings import ServerSettings, SlowReader
from servers.transports.websocket.fan_out import (
    CLOSE_S,
    GAP,
    GOING_AWAY,
    MAX_INCOMING_BYTES,
    PATH,
    TRY_AGAIN_LATER,
    Subscribers,
    asked,
    catch_up,
    gap_reason,
    slow_reason,
)

# aiohttp closes for these by itself, and gives no reason.
_REASONS: dict[int, bytes] = {
    WSCloseCode.PROTOCOL_ERROR: b"not a frame of RFC 6455",
    WSCloseCode.INVALID_TEXT: b"not UTF-8",
    WSCloseCode.MESSAGE_TOO_BIG: b"more than %d bytes" % MAX_INCOMING_BYTES,
}


class Subscriber(web.WebSocketResponse):
    """A connection that is closed once its unsent bytes stay above a limit."""

    _transport: asyncio.Transport
    _flow: AbstractStreamWriter
    _watching: asyncio.Task[None] | None = None

    def __init__(self, compression: bool) -> None:
        super().__init__(
            timeout=CLOSE_S,
            compress=compression,
            max_msg_size=MAX_INCOMING_BYTES + 1,  # the size from which it refuses
            writer_limit=sys.maxsize,
        )

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """The handshake. Raises HTTPBadRequest for what is none."""
        self._flow = await super().prepare(request)
        assert request.transport is not None
        self._protocol, self._transport = request.protocol, request.transport
        return self._flow

    async def send(self, message: bytes) -> None:
        """Send it, and wait for a slow reader. Raises ConnectionError."""
        await self.send_frame(message, WSMsgType.TEXT)
        await self._flow.drain()

    def limit(self, slow_reader: SlowReader) -> None:
        """From now on writing counts as paused above that limit."""
        self._slow_reader = slow_reader
        self._transport.set_write_buffer_limits(high=slow_reader.buffer_bytes)

    async def push(self, message: bytes) -> None:
        """Send it, and wait for nobody; whoever reads too slowly is watched from now on."""
        try:
            await self.send_frame(message, WSMsgType.TEXT)
        except ConnectionError:
            return  # it is gone, and is about to leave
        if self._protocol.writing_paused and self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def close(
        self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True
    ) -> bool:
        """As the library's, with a reason where that has none."""
        reason = message or _REASONS.get(code, b"")
        return await super().close(code=code, message=reason, drain=drain)

    async def close_or_abort(self, code: int, reason: str = "") -> None:
        """The closing handshake, or what is left of it, within CLOSE_S."""
        try:
            # close() first waits for the full buffer to drain, and that has no end of its own.
            async with asyncio.timeout(CLOSE_S):
                await self.close(code=code, message=reason.encode())
        except TimeoutError:
            self._transport.abort()

    async def _watch(self) -> None:
        """Give it its time to read until its buffer is below the limit again."""
        try:
            async with asyncio.timeout(self._slow_reader.grace_s):
                await self._flow.drain()
        except TimeoutError:
            reason = slow_reason(self._transport.get_write_buffer_size())
            await self.close_or_abort(TRY_AGAIN_LATER, reason)
            self._transport.abort()
        except ConnectionError:
            pass
        finally:
            self._watching = None


class Feed:
    """The subscribers, from their handshake to their close."""

    def __init__(self, history: History, settings: ServerSettings) -> None:
        self._history = history
        self._settings = settings
        self._subscribers: Subscribers[Subscriber] = Subscribers(
            history, self._hand_over, settings.batch_s
        )
        self._open: set[Subscriber] = set()
        self._due: deque[tuple[bytes, tuple[Subscriber, ...]]] = deque()
        self._pushed = asyncio.Event()

    async def subscribe(self, request: web.BaseRequest) -> web.StreamResponse:
        """The handler: Refusal (400) before the handshake; then all there is, to the close."""
        after = asked(request.path_qs, self._history)
        subscriber = Subscriber(self._settings.compression)
        await subscriber.prepare(request)
        self._open.add(subscriber)
        try:
            await catch_up(self._history, after, subscriber.send)
            self._subscribers.join(subscriber)
            subscriber.limit(self._settings.slow_reader)
            async for _ in subscriber:
                pass
        except Gap as gap:
            await subscriber.close_or_abort(GAP, gap_reason(gap))
        except ConnectionError:
            pass
        finally:
            self._subscribers.leave(subscriber)
            self._open.discard(subscriber)
        return subscriber

    async def fan_out(self) -> None:
        """Send what is due to whom it is due; to be run as a task, and cancelled in the end."""
        while await self._pushed.wait():
            self._pushed.clear()
            while self._due:
                message, receivers = self._due.popleft()
                for subscriber in receivers:
                    await subscriber.push(message)

    async def close(self) -> None:
        """Close all subscribers."""
        await asyncio.gather(*(each.close_or_abort(GOING_AWAY) for each in list(self._open)))

    def _hand_over(self, joined: set[Subscriber], message: bytes) -> None:
        # Who joins between this and the task's turn has been sent the message already.
        self._due.append((message, tuple(joined)))
        self._pushed.set()


@asynccontextmanager
async def listen(
    listener: socket.socket,
    history: History,
    settings: ServerSettings,
    tls: ssl.SSLContext | None,
) -> AsyncIterator[None]:
    """Serve the feed on `listener` until the context ends, which closes all subscribers (1001)."""
    feed = Feed(history, settings)
    task = asyncio.get_running_loop().create_task(feed.fan_out())
    async with site(listener, {f"GET {PATH}": feed.subscribe}, tls):
        try:
            yield
        finally:
            task.cancel()
            await feed.close()
