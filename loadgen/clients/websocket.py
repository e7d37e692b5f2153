"""WebSocket: the server pushes, one text frame an event (RFC 6455). On picows."""

import asyncio
import contextlib
import re
import socket
from collections.abc import Callable
from time import monotonic_ns
from typing import cast
from urllib.parse import urlsplit

import msgspec
from picows import (
    WSCloseCode,
    WSError,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,
)

from feed.event import decode
from loadgen.client import Subscription
from loadgen.clients.dial import CLOSE_GRACE_S, Address, dial, resolve
from loadgen.clients.handshake import request_bytes, response_bytes
from loadgen.headers import handshake_headers
from loadgen.recorder import Recorder
from loadgen.wire import Kernel, Wire, finish, read

GAP_CODE = 4410
NORMAL_CODE = 1000
NO_CODE = 1005  # stands for a close frame without one; never on the wire
HANDSHAKE_TIMEOUT_S = 30.0

_GAP_REASON = re.compile(r"gap: first_seq=\d+ last_seq=(\d+)")


class WebSocketClient:
    """A Client that subscribes once and records what is pushed."""

    def __init__(self, subscription: Subscription) -> None:
        self._recorder = subscription.recorder
        self._url = subscription.url
        url = urlsplit(subscription.url)
        self._host, self._port = url.hostname or "", url.port or 80
        origin = f"http://{url.netloc}"
        self._headers = handshake_headers(subscription.headers, url.netloc, origin)
        self._addresses: list[Address] = []
        self._link: _Link | None = None
        self._ended = Wire()  # of the connections that are no more
        self._reconnecting: asyncio.Task[None] | None = None
        self._closed = False

    async def connect(self) -> None:
        self._addresses = await resolve(self._host, self._port)
        await self._connect(after=0)

    def start(self, epoch_ns: int) -> None:
        """Nothing to do: the server pushes from the handshake on."""

    def wire(self) -> Wire:
        return self._ended if self._link is None else self._ended + self._link.wire()

    async def close(self) -> None:
        self._closed = True
        if self._link is not None:
            await self._link.close()
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            await asyncio.wait([self._reconnecting])

    async def _connect(self, after: int) -> None:
        sock = await dial(self._addresses)
        self._link = link = _Link(sock, self._recorder, self._on_lost)
        try:
            await ws_connect(
                lambda request, response: link,
                f"{self._url}?after={after}",
                socket_factory=lambda url: sock,
                extra_headers=self._headers,
                websocket_handshake_timeout=HANDSHAKE_TIMEOUT_S,
                enable_auto_pong=False,  # a pong that picows sends by itself is not counted
                max_redirects=0,
            )
            link.check()
        except BaseException as error:
            self._link = None
            with contextlib.suppress(OSError):  # picows has closed it already
                sock.shutdown(socket.SHUT_RDWR)
            if isinstance(error, WSError):
                raise ConnectionError(f"the WebSocket handshake failed: {error}") from None
            raise

    def _on_lost(self, link: "_Link") -> None:
        self._ended += link.wire()
        self._link = None
        if self._closed or self._recorder.failure:
            return
        gap = _GAP_REASON.match(link.close_reason) if link.close_code == GAP_CODE else None
        if gap is None:
            self._recorder.fail(link.reason())
            return
        self._recorder.gap()
        reconnect = self._reconnect(after=int(gap[1]))
        self._reconnecting = asyncio.get_running_loop().create_task(reconnect)

    async def _reconnect(self, after: int) -> None:
        try:
            await self._connect(after)
        except OSError as error:
            self._recorder.fail(f"cannot connect: {error}")


class _Link(WSListener):
    """One WebSocket connection: its frames to the recorder, all of its bytes counted."""

    def __init__(
        self, sock: socket.socket, recorder: Recorder, lost: Callable[["_Link"], None]
    ) -> None:
        self.close_code = 0  # of the close frame that came; 0 where none did
        self.close_reason = ""
        self._sock = sock
        self._recorder = recorder
        self._record = recorder.event
        self._lost = lost
        self._up_bytes = 0
        self._down_bytes = 0
        self._transport: WSTransport | None = None
        self._final: Kernel | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def check(self) -> None:
        """Raise ConnectionError where the handshake did not lead to what this client speaks."""
        if self._transport is None:
            raise ConnectionError("the server closed during the WebSocket handshake")
        extensions = self._transport.response.headers.get("Sec-WebSocket-Extensions")
        if extensions:
            self._transport.disconnect(graceful=False)
            raise ConnectionError(f"the server insists on the extension {extensions}")

    def reason(self) -> str:
        """Why it ended, in one line."""
        if not self.close_code:
            return "the connection was lost"
        return f"the server closed: {self.close_code} {self.close_reason}".rstrip()

    def wire(self) -> Wire:
        kernel = self._final or read(self._sock)
        return Wire(self._up_bytes, self._down_bytes, *kernel, connections=1)

    async def close(self) -> None:
        """The closing handshake, after which the server closes the connection (section 7.1.1).

        Nothing where there has been no opening handshake yet.
        """
        if self._transport is None:
            return
        self._send_close(self._transport, NORMAL_CODE)
        try:
            await asyncio.wait([self._ended], timeout=CLOSE_GRACE_S)
        finally:
            self._transport.disconnect(graceful=False)
        await asyncio.shield(self._ended)

    # What picows calls.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        request, response = transport.request, transport.response
        self._up_bytes += request_bytes(request.path, request.headers.items())
        self._down_bytes += response_bytes(response.status, response.headers.items())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """The hot path. To ask each frame for its type would cost more than to decode it."""
        received_ns = monotonic_ns()
        message = frame.get_payload_as_bytes()
        size = len(message)
        self._down_bytes += size + (2 if size < 126 else 4 if size < 65_536 else 10)
        try:
            self._record(decode(message), size, received_ns)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._on_other(transport, frame.msg_type, message)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._final = finish(self._sock)
        self._ended.set_result(None)
        self._lost(self)

    def _on_other(self, transport: WSTransport, kind: WSMsgType, message: bytes) -> None:
        if kind == WSMsgType.PING:
            transport.send_pong(message)
            self._up_bytes += 6 + len(message)
        elif kind == WSMsgType.CLOSE:
            self._on_close(transport, message)
        elif kind != WSMsgType.PONG:
            self._recorder.fail(f"a frame that is no event: {message[:80]!r}")
            self._send_close(transport, NORMAL_CODE)

    def _on_close(self, transport: WSTransport, message: bytes) -> None:
        """Answer with the code that came (section 5.5.1), then leave it to the server to close."""
        code = int.from_bytes(message[:2], "big")
        self.close_code = code or NO_CODE
        self.close_reason = message[2:].decode(errors="replace")
        self._send_close(transport, code or NORMAL_CODE)
        loop = asyncio.get_running_loop()
        loop.call_later(CLOSE_GRACE_S, transport.disconnect, False)

    def _send_close(self, transport: WSTransport, code: int) -> None:
        """A close frame of 8 bytes: header, mask, code. No more than once."""
        if not transport.is_close_frame_sent:
            transport.send_close(cast(WSCloseCode, code))  # its enum lacks 4000 to 4999
            self._up_bytes += 8
