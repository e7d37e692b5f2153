"""One WebSocket connection on picows: its frames to a recorder, all of its bytes counted."""

import asyncio
import contextlib
import socket
import ssl
import zlib
from collections.abc import Callable, Iterable
from http import HTTPStatus
from time import monotonic_ns
from typing import cast

import msgspec
from picows import (
    WSCloseCode,
    WSError,
    WSListener,
    ws_connect,
)
from picows import WSFrame as WSFrame  # for links of other kinds too
from picows import WSMsgType as WSMsgType
from picows import WSTransport as WSTransport

from feed.event import Event, decode, decode_batch
from loadgen.clients.connections.permessage_deflate import Inflater, required
from loadgen.clients.connections.sockets import CLOSE_GRACE_S, Parting
from loadgen.recording.byte_counters import ByteCounts, read
from loadgen.recording.recorder import Recorder

HeaderItems = Iterable[tuple[str, str]]


def request_bytes(path: bytes, headers: HeaderItems) -> int:
    """Of the request, from GET to the empty line. path: with its query."""
    return len(b"GET %b HTTP/1.1\r\n" % path) + _headers_bytes(headers)


def response_bytes(status: HTTPStatus, headers: HeaderItems) -> int:
    """Of the response, as servers write it: the standard phrase, one space after each colon."""
    return len(f"HTTP/1.1 {status.value} {status.phrase}\r\n") + _headers_bytes(headers)


def _headers_bytes(headers: HeaderItems) -> int:
    """With the empty line that ends them."""
    return sum(len(f"{name}: {value}\r\n".encode()) for name, value in headers) + len(b"\r\n")


NORMAL_CODE = 1000
NO_CODE = 1005  # stands for a close frame without one; never on the wire
HANDSHAKE_TIMEOUT_S = 30.0


class Link(WSListener):
    """One WebSocket connection: its frames to the recorder, all of its bytes counted."""

    def __init__(
        self,
        sock: socket.socket,
        recorder: Recorder,
        lost: Callable[["Link"], None],
        over: Callable[["Link"], None],
        tls: bool,
    ) -> None:
        """tls: picows has another descriptor of `sock`, and this one only counts."""
        self.close_code = 0  # of the close frame that came; 0 where none did
        self.close_reason = ""
        self._sock = sock
        self._recorder = recorder
        self._record = recorder.event
        self._lost = lost
        self._over = over
        self._tls = tls
        self._up_bytes = 0
        self._down_bytes = 0
        self._mismatch = ""  # why the handshake is not accepted
        self._transport: WSTransport | None = None
        self._parting: Parting | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._parted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def check(self) -> None:
        """Raise ConnectionError where the handshake did not lead to what this client speaks."""
        if self._transport is None:
            raise ConnectionError("the server closed during the WebSocket handshake")
        if self._mismatch:
            self._transport.disconnect(graceful=False)
            raise ConnectionError(self._mismatch)

    def reason(self) -> str:
        """Why it ended, in one line."""
        if not self.close_code:
            return "the connection was lost"
        return f"the server closed: {self.close_code} {self.close_reason}".rstrip()

    def byte_counts(self) -> ByteCounts:
        kernel = self._parting.kernel() if self._parting else read(self._sock)
        return ByteCounts(self._up_bytes, self._down_bytes, *kernel, connections=1)

    def send_text(self, text: bytes) -> None:
        """One text frame, masked (section 5.3). OSError where there is no connection any more."""
        if self._transport is None or self._ended.done():
            raise ConnectionError(self.reason())
        size = len(text)
        self._up_bytes += size + (6 if size < 126 else 8 if size < 65_536 else 14)
        self._transport.send(WSMsgType.TEXT, text)

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
        await asyncio.shield(self._parted)

    # What picows calls.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        try:
            self._agree(transport.response.headers.get("Sec-WebSocket-Extensions"))
        except ConnectionError as error:
            self._mismatch = str(error)
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
            self._on_other(transport, frame.msg_type, message, received_ns)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._parting = Parting(self._sock, False, self._on_parted)
        if self._tls:
            self._sock.close()
        self._ended.set_result(None)
        self._lost(self)

    def _on_parted(self) -> None:
        self._parted.set_result(None)
        self._over(self)

    def _agree(self, extensions: str | None) -> None:
        """Take what the server answered to the extensions offered. ConnectionError: or do not."""
        if extensions:
            raise ConnectionError(f"the server insists on the extension {extensions}")

    def _on_other(
        self, transport: WSTransport, kind: WSMsgType, message: bytes, received_ns: int
    ) -> None:
        if kind == WSMsgType.PING:
            transport.send_pong(message)
            self._up_bytes += 6 + len(message)
        elif kind == WSMsgType.CLOSE:
            self._on_close(transport, message)
        elif kind == WSMsgType.TEXT and (events := _batch(message)):
            size = len(message) - len(events) - 1  # without what makes an array of them
            for event in events:
                self._record(event, size, received_ns)
                size = 0
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


class DeflatedLink(Link):
    """One whose messages may come compressed (RFC 7692); its bytes are those on the wire."""

    _inflater: Inflater

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        received_ns = monotonic_ns()
        message = frame.get_payload_as_bytes()
        size = len(message)
        self._down_bytes += size + (2 if size < 126 else 4 if size < 65_536 else 10)
        try:
            if frame.rsv1:
                message = self._inflater.message(message)
            self._record(decode(message), len(message), received_ns)
        except zlib.error as error:
            self._recorder.fail(f"a frame that was not deflated as it says: {error}")
            self._send_close(transport, NORMAL_CODE)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._on_other(transport, frame.msg_type, message, received_ns)

    def _agree(self, extensions: str | None) -> None:
        self._inflater = required(extensions)


async def open_link(
    link: Link,
    sock: socket.socket,
    url: str,
    headers: Iterable[tuple[str, str]],
    tls: ssl.SSLContext | None,
) -> None:
    """The handshake, over a connected socket. Raises OSError; the socket is of no more use then."""
    try:
        await ws_connect(
            lambda request, response: link,
            url,
            ssl_context=tls,
            # With TLS, picows closes its descriptor before the last segments are counted.
            socket_factory=lambda _: sock.dup() if tls else sock,
            extra_headers=headers,
            websocket_handshake_timeout=HANDSHAKE_TIMEOUT_S,
            enable_auto_pong=False,  # a pong that picows sends by itself is not counted
            max_redirects=0,
        )
        link.check()
    except BaseException as error:
        with contextlib.suppress(OSError):  # picows has closed it already
            sock.shutdown(socket.SHUT_RDWR)
        if tls:
            sock.close()
        if isinstance(error, WSError):
            raise ConnectionError(f"the WebSocket handshake failed: {error}") from None
        raise


def _batch(message: bytes) -> list[Event]:
    """The events of a frame that holds several; [] where it does not."""
    try:
        return decode_batch(message)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
