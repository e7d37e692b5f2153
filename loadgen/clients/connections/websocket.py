"""A WebSocket connection on picows: messages to a handler, every byte counted (RFC 6455)."""

import asyncio
import contextlib
import socket
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic_ns
from typing import cast

import msgspec
from picows import WSCloseCode, WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from loadgen.clients.client import Subscription
from loadgen.clients.connections.permessage_deflate import Inflater, agreed
from loadgen.clients.connections.single_connection import SingleConnectionClient
from loadgen.clients.connections.sockets import CLOSE_GRACE_S, Connections, CountedSocket
from loadgen.clients.header_profiles import handshake_headers
from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.recorder import NO_EVENT

NORMAL_CODE = 1000
NO_CODE = 1005  # stands for a close frame without one, and is never sent (section 7.4.1)
HANDSHAKE_TIMEOUT_S = 30.0

HeaderItems = Iterable[tuple[str, str]]
# Records a message: (message, received_ns) -> the text to reply with, if any. Raises one of
# NO_EVENT for a message that it does not know.
Handler = Callable[[bytes, int], bytes | None]


def refuse(message: bytes, received_ns: int) -> None:
    """The Handler that knows no message."""
    raise msgspec.ValidationError("no event")


class WebSocketConnection(WSListener):
    """One connection of a client: each message to a handler, each byte counted.

    reason        why it ended, in one line.
    close_code    of the close frame that came; 0 where none did. close_reason: of the same frame.
    """

    # Below an extension's class, an attribute is read in 22 ns from a slot, in 58 from a dict.
    __slots__ = (
        *("is_open", "reason", "close_code", "close_reason", "_subscription", "_counted", "_lost"),
        *("_handle", "_handle_other", "_texts_only", "_inflater", "_up_bytes", "_down_bytes"),
        "_transport",
    )

    def __init__(
        self,
        sock: socket.socket,
        connections: Connections["WebSocketConnection"],
        lost: Callable[["WebSocketConnection"], None],
        handle: Handler,
        handle_other: Handler,
        *,
        texts_only: bool,
    ) -> None:
        """lost(connection) is called once, when nothing can be sent or received any more.

        handle takes messages, handle_other the texts that handle does not know; one that neither
        knows is the end of the client. texts_only: ask each frame for its type before `handle`.
        """
        self.is_open = False
        self.reason = "the server closed during the WebSocket handshake"
        self.close_code = 0
        self.close_reason = ""
        self._subscription = connections.subscription
        self._counted = CountedSocket(
            sock, lambda: connections.on_over(self), tls=self._subscription.tls is not None
        )
        self._lost = lost
        self._handle = handle
        self._handle_other = handle_other
        self._texts_only = texts_only
        self._inflater: Inflater | None = None  # where the server agreed to compress
        self._up_bytes = 0
        self._down_bytes = 0
        self._transport: WSTransport | None = None

    async def open(self, query: str, headers: HeaderItems) -> None:
        """The opening handshake, with this query. OSError: it failed, and the socket is closed."""
        sock, tls = self._counted.sock, self._subscription.tls
        try:
            await ws_connect(
                lambda request, response: self,
                self._subscription.url + query,
                ssl_context=tls,
                # With TLS, picows closes its descriptor before the last segments are counted.
                socket_factory=lambda _: sock.dup() if tls else sock,
                extra_headers=headers,
                websocket_handshake_timeout=HANDSHAKE_TIMEOUT_S,
                enable_auto_pong=False,  # a pong that picows sends by itself is not counted
                max_redirects=0,
            )
            if not self.is_open:
                if self._transport is not None:
                    self._transport.disconnect(graceful=False)
                raise ConnectionError(self.reason)
        except BaseException as error:
            with contextlib.suppress(OSError):  # picows has closed it already
                sock.shutdown(socket.SHUT_RDWR)
            if tls:
                sock.close()
            if isinstance(error, WSError):
                raise ConnectionError(f"the WebSocket handshake failed: {error}") from None
            raise

    def byte_counts(self) -> ByteCounts:
        kernel = self._counted.kernel()
        return ByteCounts(self._up_bytes, self._down_bytes, *kernel, connections=1)

    def send_text(self, text: bytes) -> None:
        """One text frame, masked (section 5.3). OSError where there is no connection any more."""
        if self._transport is None or self._counted.ended.done():
            raise ConnectionError(self.reason)
        size = len(text)
        self._up_bytes += size + (6 if size < 126 else 8 if size < 65_536 else 14)
        self._transport.send(WSMsgType.TEXT, text)

    async def close(self) -> None:
        """The closing handshake (section 7.1.1); nothing where no opening one has been yet."""
        if self._transport is None:
            return
        self._send_close(self._transport, NORMAL_CODE)
        await self._counted.until_counted(partial(self._transport.disconnect, False))

    # What picows calls.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        request, response = transport.request, transport.response
        first = b"GET %b HTTP/1.1" % request.path
        self._up_bytes += head_bytes(first, request.headers.items())
        first = f"HTTP/1.1 {response.status.value} {response.status.phrase}".encode()
        self._down_bytes += head_bytes(first, response.headers.items())
        try:
            self._inflater = agreed(
                response.headers.get("Sec-WebSocket-Extensions"),
                offered=self._subscription.compression,
            )
        except ConnectionError as error:
            self.reason = str(error)
        else:
            self.is_open = True
            self.reason = "the connection was lost"

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """The hot path: stamp, count, handle. To ask a frame for its type costs more than to decode
        it, so that is done only where the handler does not know the message, or would take one of
        another type for its own.
        """
        received_ns = monotonic_ns()
        message = frame.get_payload_as_bytes()
        size = len(message)
        self._down_bytes += size + (2 if size < 126 else 4 if size < 65_536 else 10)
        try:
            if self._texts_only and frame.msg_type != WSMsgType.TEXT:
                self._on_other(transport, frame.msg_type, message, received_ns)
                return
            if self._inflater is not None and frame.rsv1:
                message = self._inflater.message(message)
            if reply := self._handle(message, received_ns):
                with contextlib.suppress(OSError):  # on_ws_disconnected comes next
                    self.send_text(reply)
        except NO_EVENT:
            self._on_other(transport, frame.msg_type, message, received_ns)
        except zlib.error as error:
            self._fail(transport, f"a frame that was not deflated as it says: {error}")

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._counted.shut(eof=False)
        self._lost(self)

    def _on_other(
        self, transport: WSTransport, kind: WSMsgType, message: bytes, received_ns: int
    ) -> None:
        if kind == WSMsgType.PING:
            transport.send_pong(message)
            self._up_bytes += 6 + len(message)
        elif kind == WSMsgType.CLOSE:
            self._on_close(transport, message)
        elif kind != WSMsgType.PONG:
            try:
                handle = self._handle_other if kind == WSMsgType.TEXT else refuse
                handle(message, received_ns)
            except NO_EVENT:
                self._fail(transport, f"a frame that is no event: {message[:80]!r}")

    def _on_close(self, transport: WSTransport, message: bytes) -> None:
        """Answer with the code that came (section 5.5.1), then leave it to the server to close."""
        code = int.from_bytes(message[:2], "big")
        self.close_code = code or NO_CODE
        self.close_reason = message[2:].decode(errors="replace")
        self.reason = f"the server closed: {self.close_code} {self.close_reason}".rstrip()
        self._send_close(transport, code or NORMAL_CODE)
        loop = asyncio.get_running_loop()
        loop.call_later(CLOSE_GRACE_S, transport.disconnect, False)

    def _fail(self, transport: WSTransport, reason: str) -> None:
        self._subscription.recorder.fail(reason)
        self._send_close(transport, NORMAL_CODE)

    def _send_close(self, transport: WSTransport, code: int) -> None:
        """A close frame of 8 bytes: header, mask, code. Once at most."""
        if not transport.is_close_frame_sent:
            transport.send_close(cast(WSCloseCode, code))  # its enum lacks 4000 to 4999
            self._up_bytes += 8


class SingleWebSocketClient(SingleConnectionClient[WebSocketConnection]):
    """A client of one WebSocket. Its protocol gives a handler, and opens with open_websocket()."""

    def __init__(
        self,
        subscription: Subscription,
        handle: Handler,
        handle_other: Handler = refuse,
        *,
        texts_only: bool = False,
        extra_headers: HeaderItems = (),
    ) -> None:
        """handle, handle_other and texts_only are those of its WebSocketConnection."""
        super().__init__(subscription)
        headers, compression = subscription.headers, subscription.compression
        self._headers = [
            *handshake_headers(headers, subscription.url, compression=compression),
            *extra_headers,
        ]
        self._handlers = handle, handle_other
        self._texts_only = texts_only
        self._connection: WebSocketConnection | None = None

    async def _open_websocket(self, query: str) -> None:
        """The opening handshake, with this query behind the URL. Raises OSError."""
        connections = self._connections
        connection = self._connection = WebSocketConnection(
            await connections.dial(),
            connections,
            self._on_lost,
            *self._handlers,
            texts_only=self._texts_only,
        )
        connections.add(connection)  # first, as events may come before open() returns
        try:
            await connection.open(query, self._headers)
        except BaseException:
            connections.discard(connection)
            raise

    def _send_text(self, text: bytes) -> int | None:
        """Send one text frame: the instant just before, in ns; None where the client has failed."""
        if self._connection is None or self._recorder.failure:
            return None
        sent_ns = monotonic_ns()
        try:
            self._connection.send_text(text)
        except OSError as error:
            self._recorder.fail(str(error))
            return None
        return sent_ns


def head_bytes(first: bytes, headers: HeaderItems) -> int:
    """The length of a head of HTTP/1.1, with its empty line, as all here write it."""
    lines = (f"{name}: {value}".encode() for name, value in headers)
    return sum(len(line) + len(b"\r\n") for line in (first, *lines, b""))
