"""WebSocket on picows, whose frames go from C straight to the socket; no task, no coroutine.

Its core has no permessage-deflate. The rules of RFC 6455 that it leaves to its user are in Heard.
"""

import asyncio
import codecs
import itertools
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSProtocolError,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from feed.history import Gap, History
from servers.errors import Refusal
from servers.http.sockets import BACKLOG
from servers.settings import ServerSettings, SlowReader
from servers.transports.websocket.fan_out import (
    CATCH_UP_TURN,
    CLOSE_S,
    GAP,
    GOING_AWAY,
    MAX_INCOMING_BYTES,
    OPEN_S,
    TRY_AGAIN_LATER,
    Subscribers,
    asked,
    gap_reason,
    owed,
    slow_reason,
)

NORMAL = 1000
# What a bad client did is told to the client; it is no concern of who runs the server.
LOG = logging.getLogger("picows.server")
LOG.addHandler(logging.NullHandler())


class Heard:
    """What a subscriber says: held to the rules, and dropped."""

    def __init__(self) -> None:
        self._kind: WSMsgType | None = None  # of the message whose frames are coming
        self._size = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def frame(self, kind: WSMsgType, fin: bool, reserved: bool, payload: bytes) -> None:
        """A frame that is no control frame. Raises WSProtocolError with code and reason."""
        if reserved:
            raise WSProtocolError(WSCloseCode.PROTOCOL_ERROR, "a reserved bit without an extension")
        if (kind == WSMsgType.CONTINUATION) == (self._kind is None):
            raise WSProtocolError(WSCloseCode.PROTOCOL_ERROR, "fragments out of order")
        self._kind = self._kind or kind
        self._size += len(payload)
        if self._size > MAX_INCOMING_BYTES:
            told = f"more than {MAX_INCOMING_BYTES} bytes"
            raise WSProtocolError(WSCloseCode.MESSAGE_TOO_BIG, told)
        if self._kind == WSMsgType.TEXT:
            try:
                self._decoder.decode(payload, final=fin)
            except UnicodeDecodeError:
                raise WSProtocolError(WSCloseCode.INVALID_TEXT, "not UTF-8") from None
        if fin:
            self._kind, self._size = None, 0


class Subscriber(WSListener):
    """A connection: what it missed, then each event, until it closes or reads too slowly."""

    transport: WSTransport

    def __init__(self, feed: "Feed", after: int) -> None:
        self._feed = feed
        self._owed = owed(feed.history, after)
        self._joined = False
        self._paused = False
        self._alarm: asyncio.TimerHandle | None = None
        self._heard = Heard()

    def close(self, code: int, reason: str = "") -> None:
        """Say why; a client that does not answer in time is cut off. Once, no more."""
        if self.transport.is_close_frame_sent or self.transport.is_disconnected:
            return
        self._feed.subscribers.leave(self)
        self.transport.send_close(cast(WSCloseCode, code), reason)  # its enum lacks 4000 to 4999
        asyncio.get_running_loop().call_later(CLOSE_S, self.transport.disconnect, False)

    # What picows calls.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self._feed.open[self] = None
        self._pump()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            code = int.from_bytes(frame.get_payload_as_bytes()[:2], "big")
            self.close(code or NORMAL)  # the same back (section 5.5.1)
            transport.disconnect()
        elif frame.msg_type != WSMsgType.PONG:
            reserved = frame.rsv1 or frame.rsv2 or frame.rsv3
            self._heard.frame(frame.msg_type, frame.fin, reserved, frame.get_payload_as_bytes())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._feed.subscribers.leave(self)
        self._feed.gone(self)
        self._still()

    def pause_writing(self) -> None:
        self._paused = True
        if self._joined:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(self._feed.slow_reader.grace_s, self._give_up)

    def resume_writing(self) -> None:
        self._paused = False
        self._still()
        if not self._joined:
            self._pump()

    def _pump(self) -> None:
        """Send the next of what it is owed; where nothing is left, it joins in the same step."""
        if self._paused or self.transport.is_disconnected:
            return
        sent = 0
        try:
            for message in itertools.islice(self._owed, CATCH_UP_TURN):
                self.transport.send(WSMsgType.TEXT, message)
                sent += 1
                if self._paused:
                    return  # resume_writing goes on
        except Gap as gap:
            self.close(GAP, gap_reason(gap))
            return
        if sent == CATCH_UP_TURN:
            asyncio.get_running_loop().call_soon(self._pump)
            return
        self._joined = True
        self._feed.subscribers.join(self)
        limit = self._feed.slow_reader.buffer_bytes
        self.transport.underlying_transport.set_write_buffer_limits(high=limit)

    def _give_up(self) -> None:
        waiting = self.transport.underlying_transport.get_write_buffer_size()
        self.close(TRY_AGAIN_LATER, slow_reason(waiting))

    def _still(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


class Feed:
    """The subscribers, from their handshake to their close."""

    def __init__(self, history: History, slow_reader: SlowReader, batch_s: float) -> None:
        self.history = history
        self.slow_reader = slow_reader
        self.subscribers: Subscribers[Subscriber] = Subscribers(history, _push, batch_s)
        self.open: dict[Subscriber, None] = {}  # a set that keeps its order
        self._empty = asyncio.Event()

    def answer(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        """A subscriber for a request that asks for the feed; else the refusal, 404 or 400."""
        tokens = request.headers.get("Connection", "").lower().split(",")
        if "upgrade" in map(str.strip, tokens):
            # picows wants this token alone (RFC 9110, section 7.6.1: a list); Firefox sends two.
            request.headers["Connection"] = "upgrade"
        try:
            return Subscriber(self, asked(request.path.decode("latin-1"), self.history))
        except Refusal as refusal:
            told = WSUpgradeResponse.create_error_response(refusal.status, f"{refusal}\n".encode())
            return WSUpgradeResponseWithListener(told, None)

    def gone(self, subscriber: Subscriber) -> None:
        self.open.pop(subscriber, None)
        if not self.open:
            self._empty.set()

    async def close(self) -> None:
        """Close all subscribers; it ends with the last of them, or after CLOSE_S."""
        self._empty.clear()
        for subscriber in list(self.open):
            subscriber.close(GOING_AWAY)
        if self.open:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await self._empty.wait()
        for subscriber in list(self.open):
            subscriber.transport.disconnect(graceful=False)


def _push(joined: set[Subscriber], message: bytes) -> None:
    for subscriber in joined:
        subscriber.transport.send(WSMsgType.TEXT, message)


@asynccontextmanager
async def listen(
    listener: socket.socket,
    history: History,
    settings: ServerSettings,
    tls: ssl.SSLContext | None,
) -> AsyncIterator[None]:
    """Serve the feed on `listener` until the context ends, which closes all subscribers (1001)."""
    feed = Feed(history, settings.slow_reader, settings.batch_s)
    server = await ws_create_server(
        feed.answer,
        sock=listener,
        ssl=tls,
        backlog=BACKLOG,
        websocket_handshake_timeout=OPEN_S,
        max_frame_size=MAX_INCOMING_BYTES,
        logger_name=LOG,
    )
    try:
        yield
    finally:
        server.close()
        await feed.close()
