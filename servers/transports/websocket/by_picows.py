"""WebSocket on picows, whose frames go from C straight to the socket; a task only to catch up.

Its core has no permessage-deflate. The rules of RFC 6455 that it leaves to its user, reserved bits,
UTF-8 and the order of fragments, are in Received.
"""

import asyncio
import codecs
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from servers.http.sockets import BACKLOG, Tls
from servers.settings import ServerSettings
from servers.transports.fan_out import CLOSE_S, OPEN_S, FanOut, WriteLimited
from servers.transports.websocket import protocol

NORMAL = 1000
# A bad client gets the reason in a close frame; it does not concern whoever runs the server.
LOG = logging.getLogger("picows.server")
LOG.addHandler(logging.NullHandler())


class Received:
    """What a subscriber sends: checked against the rules, and dropped."""

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
        if self._size > protocol.MAX_INCOMING_BYTES:
            reason = f"more than {protocol.MAX_INCOMING_BYTES} bytes"
            raise WSProtocolError(WSCloseCode.MESSAGE_TOO_BIG, reason)
        if self._kind == WSMsgType.TEXT:
            try:
                self._decoder.decode(payload, final=fin)
            except UnicodeDecodeError:
                raise WSProtocolError(WSCloseCode.INVALID_TEXT, "not UTF-8") from None
        if fin:
            self._kind, self._size = None, 0


class Subscriber(WriteLimited, WSListener):
    """A connection: what it missed, then each event, until it closes or reads too slowly."""

    transport: WSTransport

    def __init__(
        self, fan_out: "FanOut[Subscriber]", settings: ServerSettings, request: WSUpgradeRequest
    ) -> None:
        """Raises Refusal, 404 or 400, for a request that does not ask for the feed."""
        self._fan_out = fan_out
        self._after = protocol.cursor_of(request.path.decode("latin-1"), fan_out.history)
        self._settings = settings
        self._received = Received()

    def close(self, code: int, reason: str = "") -> None:
        """Send a close frame, once; a client that does not answer in time is cut off."""
        if self.transport.is_close_frame_sent or self.transport.is_disconnected:
            return
        self._fan_out.leave(self)
        self.transport.send_close(cast(WSCloseCode, code), reason)  # its enum lacks 4000 to 4999
        asyncio.get_running_loop().call_later(CLOSE_S, self.transport.disconnect, False)

    # What picows calls.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self._fan_out.opened(self)
        self._fan_out.begin(self, self._subscribe())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            code = int.from_bytes(frame.get_payload_as_bytes()[:2], "big")
            self.close(code or NORMAL)  # the same back (section 5.5.1)
            transport.disconnect()
        elif frame.msg_type != WSMsgType.PONG:
            reserved = frame.rsv1 or frame.rsv2 or frame.rsv3
            payload = frame.get_payload_as_bytes()
            self._received.frame(frame.msg_type, frame.fin, reserved, payload)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.end_grace()
        self._fan_out.closed(self)

    async def _subscribe(self) -> None:
        try:
            await self._fan_out.catch_up(self._after, self._send)
        except Gap as gap:
            self.close(protocol.GAP, protocol.gap_reason(gap))
        else:
            self._fan_out.join(self)
            self.watch(self.transport.underlying_transport, self._settings.slow_reader)

    async def _send(self, message: bytes) -> None:
        self.transport.send(WSMsgType.TEXT, message)
        await self.writable()

    def give_up(self) -> None:
        unsent_bytes = self.transport.underlying_transport.get_write_buffer_size()
        self.close(protocol.TRY_AGAIN_LATER, protocol.slow_reason(unsent_bytes))


def _push(joined: set[Subscriber], message: bytes) -> None:
    for subscriber in joined:
        subscriber.transport.send(WSMsgType.TEXT, message)


@asynccontextmanager
async def listen(
    listener: socket.socket, history: History, settings: ServerSettings, tls: Tls
) -> AsyncIterator[None]:
    """Serve the feed on `listener` until the context ends, which closes all subscribers (1001)."""
    fan_out: FanOut[Subscriber] = FanOut(history, _push, settings.batch_s)

    def answer(request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        tokens = request.headers.get("Connection", "").lower().split(",")
        if "upgrade" in map(str.strip, tokens):
            # picows wants this token alone (RFC 9110, section 7.6.1: a list); Firefox sends two.
            request.headers["Connection"] = "upgrade"
        try:
            return Subscriber(fan_out, settings, request)
        except Refusal as refusal:
            body = f"{refusal}\n".encode()
            response = WSUpgradeResponse.create_error_response(refusal.status, body)
            return WSUpgradeResponseWithListener(response, None)

    server = await ws_create_server(
        answer,
        sock=listener,
        ssl=tls,
        backlog=BACKLOG,
        websocket_handshake_timeout=OPEN_S,
        max_frame_size=protocol.MAX_INCOMING_BYTES,
        logger_name=LOG,
    )
    try:
        yield
    finally:
        server.close()
        await fan_out.close(
            lambda subscriber: subscriber.close(protocol.GOING_AWAY),
            lambda subscriber: subscriber.transport.disconnect(graceful=False),
        )
