"""One TCP connection, with or without TLS, that counts every byte until its last segment.

What the bytes mean is its subclasses' business. The transport is the event loop's.
"""

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from typing import Self, TypeVar, cast

from loadgen.clients.connections.sockets import Connections, CountedSocket
from loadgen.recording.byte_counters import ByteCounts


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
        """lost(stream) is called once, when nothing can be sent or received any more."""
        self._sock = sock
        self._tls = connections.subscription.tls is not None
        self._counted = CountedSocket(sock, partial(connections.on_over, self), tls=self._tls)
        self._add = partial(connections.add, self)
        self._lost = partial(lost, self)
        self._up_bytes = 0
        self._down_bytes = 0
        self._eof = False

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
        kernel = self._counted.kernel(self._eof)
        return ByteCounts(self._up_bytes, self._down_bytes, *kernel, connections=1)

    async def close(self) -> None:
        """Shut this side, give the server a while to do the same, and wait for the last segment."""
        if not self._transport.is_closing():
            if self._tls:  # has no half-close
                self._transport.close()
            else:
                self._transport.write_eof()
        await self._counted.until_counted(self._transport.abort)

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
        self._counted.shut(self._eof)
        self._lost()


AnyStream = TypeVar("AnyStream", bound=Stream)


async def open_stream(
    connections: Connections[AnyStream], make: Callable[[socket.socket], AnyStream]
) -> AnyStream:
    """One more of the client's connections, with TLS where it asks for that. Raises OSError."""
    loop, tls = asyncio.get_running_loop(), connections.subscription.tls
    sock = await connections.dial()
    host = connections.host if tls else None
    stream = make(sock)
    try:
        # With TLS, the event loop closes its descriptor before the last segments are counted.
        own = sock.dup() if tls else sock
        await loop.create_connection(lambda: stream, sock=own, ssl=tls, server_hostname=host)
        return stream
    except BaseException:
        # It may have been added by now, and uvloop will not call connection_lost.
        connections.discard(stream)
        sock.close()
        raise
