"""One TCP connection, with or without TLS, that counts every byte and lives until it is over.

What the bytes mean is its subclasses' business. The transport is the event loop's.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Self, TypeVar, cast

from loadgen.clients.connections.sockets import CLOSE_GRACE_S, Parting
from loadgen.recording.byte_counters import ByteCounts, read


class Stream(asyncio.Protocol):
    """A connection on `sock`, until either side closes it.

    lost(stream) is called once, when it is of no more use; over(stream) once after that, when its
    last segment is counted and byte_counts() is final. A subclass adds what comes to _down_bytes.
    """

    def __init__(
        self,
        sock: socket.socket,
        lost: Callable[[Self], None],
        over: Callable[[Self], None],
        tls: bool = False,
    ) -> None:
        """tls: the event loop has another descriptor of `sock`, and this one only counts."""
        self._sock = sock
        self._lost = partial(lost, self)
        self._over = partial(over, self)
        self._tls = tls
        self._up_bytes = 0
        self._down_bytes = 0
        self._eof = False
        self._parting: Parting | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._parted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

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
        except OSError:  # reset: the transport will find out, and say so by connection_lost
            return
        if sent < len(data):
            self._transport.write(data[sent:])

    def byte_counts(self) -> ByteCounts:
        """Of this connection so far."""
        parting = self._parting
        kernel = parting.kernel() if parting else read(self._sock, self._eof)
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
        await asyncio.shield(self._parted)

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def eof_received(self) -> None:
        self._eof = not self._tls  # whose end comes before the FIN

    def connection_lost(self, error: Exception | None) -> None:
        self._parting = Parting(self._sock, self._eof, self._on_parted)
        if self._tls:
            self._sock.close()
        self._ended.set_result(None)
        self._lost()

    def _on_parted(self) -> None:
        self._parted.set_result(None)
        self._over()


Kind = TypeVar("Kind", bound=Stream)


async def open_stream(
    make: Callable[[], Kind], sock: socket.socket, tls: ssl.SSLContext | None, host: str | None
) -> Kind:
    """What `make` makes, on a connected socket, which it owns and closes from here on.

    tls: encrypt; the certificate has to be that of `host`. Raises OSError where its handshake
    fails.
    """
    loop = asyncio.get_running_loop()
    if tls is None:
        _, stream = await loop.create_connection(make, sock=sock)
        return stream
    try:
        # The event loop closes its descriptor before the last segments are counted.
        _, stream = await loop.create_connection(
            make, sock=sock.dup(), ssl=tls, server_hostname=host
        )
    except BaseException:
        sock.close()
        raise
    return stream
