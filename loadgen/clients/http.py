"""One HTTP/1.1 connection that counts every byte and stamps every answer (RFC 9112).

One request at a time, no pipelining. Parsing is httptools', the transport is the event loop's.
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import Callable
from time import monotonic_ns
from typing import cast

import httptools

from loadgen.clients.dial import CLOSE_GRACE_S
from loadgen.clients.parting import Parting
from loadgen.wire import Wire, read

GZIP = 16  # added to zlib's window bits: a gzip header and trailer (zlib's inflateInit2)

# status, body, received_ns
Answered = Callable[[int, bytes, int], None]


class Connection(asyncio.Protocol):
    """A connection on `sock`, until either side closes it.

    answered(status, body, received_ns) is called for each answer; received_ns is the instant at
    which the read that completed it came. lost(connection) is called once, when it is of no more
    use; over(connection) once after that, when its last segment is counted and wire() is final.
    An answer that is no HTTP, or that nobody asked for, ends it as well.
    """

    def __init__(
        self,
        sock: socket.socket,
        answered: Answered,
        lost: Callable[["Connection"], None],
        over: Callable[["Connection"], None],
        tls: bool = False,
    ) -> None:
        """tls: the event loop has another descriptor of `sock`, and this one only counts."""
        self.waiting = False  # for an answer
        self.reusable = True  # False once the answer said that the server closes
        self._sock = sock
        self._answered = answered
        self._lost = lost
        self._over = over
        self._tls = tls
        self._up_bytes = 0
        self._down_bytes = 0
        self._parts: list[bytes] = []
        self._complete = False
        self._eof = False
        self._parting: Parting | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._parted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)

    def send(self, request: bytes) -> None:
        """Write a request. The caller first makes sure that the connection is not `waiting`."""
        self.waiting = True
        self._up_bytes += len(request)
        if self._tls:
            self._transport.write(request)
            return
        # Past the transport, as uvloop keeps what it is given until the end of its turn.
        try:
            sent = self._sock.send(request)
        except BlockingIOError:
            sent = 0
        except OSError:  # reset: the transport will find out, and say so by connection_lost
            return
        if sent < len(request):
            self._transport.write(request[sent:])

    def wire(self) -> Wire:
        """Of this connection so far."""
        parting = self._parting
        kernel = parting.kernel() if parting else read(self._sock, self._eof)
        return Wire(self._up_bytes, self._down_bytes, *kernel, connections=1)

    async def close(self) -> None:
        """Shut this side, wait for the server to do the same, at most CLOSE_GRACE_S; then for the
        last segment.
        """
        if not self._transport.is_closing():
            if self._tls:  # has no half-close
                self._transport.close()
            else:
                self._transport.write_eof()
        try:
            await asyncio.wait([self._ended], timeout=CLOSE_GRACE_S)
        finally:
            self._transport.abort()
        await asyncio.shield(self._parted)

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        received_ns = monotonic_ns()
        self._down_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.abort()
            return
        if not self._complete:
            return
        self._complete = False
        body = self._body()
        self._parts.clear()
        if self.waiting:
            self.waiting = False
            self._answered(self._parser.get_status_code(), body, received_ns)
        else:
            self._transport.abort()

    def eof_received(self) -> None:
        self._eof = not self._tls  # whose end comes before the FIN

    def connection_lost(self, error: Exception | None) -> None:
        self._parting = Parting(self._sock, self._eof, self._on_parted)
        if self._tls:
            self._sock.close()
        self.reusable = False
        self._ended.set_result(None)
        self._lost(self)

    def _body(self) -> bytes:
        parts = self._parts
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _on_parted(self) -> None:
        self._parted.set_result(None)
        self._over(self)

    # What the parser calls. An exception here would come back as a HttpParserError: only collect.

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        self._complete = True
        self.reusable = self._parser.should_keep_alive()


class GzipConnection(Connection):
    """One that takes compressed answers too; the bodies that it gives are decompressed."""

    _gzip = False

    def on_message_begin(self) -> None:
        self._gzip = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-encoding":
            self._gzip = value.strip().lower() == b"gzip"

    def _body(self) -> bytes:
        """As it came, where it is not what it claims: the caller will find no events in it."""
        body = super()._body()
        if not self._gzip:
            return body
        try:
            return zlib.decompress(body, wbits=zlib.MAX_WBITS | GZIP)
        except zlib.error:
            return body


async def connect(
    sock: socket.socket,
    answered: Answered,
    lost: Callable[[Connection], None],
    over: Callable[[Connection], None],
    *,
    compression: bool = False,
    tls: ssl.SSLContext | None = None,
    host: str | None = None,
) -> Connection:
    """A Connection on a connected socket, which it owns and closes from here on.

    compression: answers may be compressed. tls: encrypt; the certificate has to be that of `host`.
    Raises OSError where the handshake fails.
    """
    kind = GzipConnection if compression else Connection
    loop = asyncio.get_running_loop()
    if tls is None:
        _, connection = await loop.create_connection(
            lambda: kind(sock, answered, lost, over), sock=sock
        )
        return connection
    try:
        # The event loop closes its descriptor before the last segments are counted.
        _, connection = await loop.create_connection(
            lambda: kind(sock, answered, lost, over, True),
            sock=sock.dup(),
            ssl=tls,
            server_hostname=host,
        )
    except BaseException:
        sock.close()
        raise
    return connection
