"""One TCP connection, with or without TLS, that counts every byte until its last segment.

What the bytes mean is its subclasses' business. The transport is the event loop's.
"""

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from typing import Self, TypeVar, cast

from loadgen.clients.connections.sockets import CLOSE_GRACE_S, Connections, Shutdown
from loadgen.recording.byte_counters import ByteCounts, read


class Stream(asyncio.Protocol):
    """A connection on `sock`, until either side closes it.

    is_open: whether the server has accepted what was asked of it. reason: why it ended, in one
    line. A subclass adds the length of what comes to _down_bytes.
    """

    is_open = True
    reason = "the connection was lost"

    def __init__(
        self, sock: socket.socket, connections: Connections[Self], lost: Callable[[Self], None]
    ) -> None:
        """lost(stream) is called once, when it is of no more use."""
        self._sock = sock
        self._lost = partial(lost, self)
        self._add = partial(connections.add, self)
        self._over = partial(connections.on_over, self)
        self._tls = connections.subscription.tls is not None
        self._up_bytes = 0
        self._down_bytes = 0
        self._eof = False
        self._shutdown: Shutdown | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._counted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def write(self, data: bytes) -> None:
        """Send `data` now."""
        self._up_bytes += len(data)
        if self._tls:
            self._transport.write(data)
            return
        # Past the transport, as uvloop keeps what it is given until the end of its turn.
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:  # reset: the transport will find out, and call connection_lost
            return
        if sent < len(data):
            self._transport.write(data[sent:])

    def byte_counts(self) -> ByteCounts:
        """Of this connection so far."""
        kernel = self._shutdown.kernel() if self._shutdown else read(self._sock, self._eof)
        return ByteCounts(self._up_bytes, self._down_bytes, *kernel, connections=1)

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
        await asyncio.shield(self._counted)

    def _end(self, reason: str) -> None:
        """Cut it off, for this reason where it has not ended yet."""
        if not self._transport.is_closing():
            self.reason = reason
            self._transport.abort()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._add()

    def eof_received(self) -> None:
        self._eof = not self._tls  # whose end comes before the FIN

    def connection_lost(self, error: Exception | None) -> None:
        self._shutdown = Shutdown(self._sock, self._eof, self._on_counted)
        if self._tls:  # then the event loop has a descriptor of its own, and this one only counts
            self._sock.close()
        self._ended.set_result(None)
        self._lost()

    def _on_counted(self) -> None:
        self._counted.set_result(None)
        self._over()


AnyStream = TypeVar("AnyStream", bound=Stream)


async def open_stream(
    connections: Connections[AnyStream], make: Callable[[socket.socket], AnyStream]
) -> AnyStream:
    """One more of the client's connections, as `make` makes it; encrypted where it asks for TLS.

    Raises OSError where the server cannot be reached or the TLS handshake fails.
    """
    loop, tls = asyncio.get_running_loop(), connections.subscription.tls
    sock = await connections.dial()
    if tls is None:
        _, stream = await loop.create_connection(lambda: make(sock), sock=sock)
        return stream
    try:
        # The event loop closes its descriptor before the last segments are counted.
        _, stream = await loop.create_connection(
            lambda: make(sock), sock=sock.dup(), ssl=tls, server_hostname=connections.host
        )
        return stream
    except BaseException:
        sock.close()
        raise
