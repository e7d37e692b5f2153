"""TCP connections made from own sockets, so that TCP_INFO can be read as long as they live."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from loadgen.clients.client import Subscription
from loadgen.recording.byte_counters import AFTER_FIN, CLOSED, ByteCounts, Kernel, read, state

# How long a client waits for the server to close after its own side is shut.
CLOSE_GRACE_S = 1.0
# The last acknowledgement takes one round trip: asked for often at first, then seldom.
FIRST_PAUSE_S = 0.001
LONGEST_PAUSE_S = 0.032

Address = tuple[socket.AddressFamily, tuple[object, ...]]


class Connection(Protocol):
    """A connection, until its last segment is counted."""

    @property
    def is_open(self) -> bool:
        """Whether its opening handshake was completed."""

    @property
    def reason(self) -> str:
        """Why it ended, in one line."""

    def byte_counts(self) -> ByteCounts:
        """So far."""

    async def close(self) -> None:
        """Until its last segment is counted."""


AnyConnection = TypeVar("AnyConnection", bound=Connection)


class Connections(Generic[AnyConnection]):
    """A client's connections to its server: the open ones, and the bytes of all it ever had.

    Each is made from a socket that dial() gives, added once it is to be closed with the client, and
    calls on_over when its last segment is counted.
    """

    def __init__(self, subscription: Subscription) -> None:
        url = urlsplit(subscription.url)
        self.subscription = subscription
        self.host = url.hostname or ""
        self._port = url.port or 80
        self._addresses: list[Address] = []
        self._open: set[AnyConnection] = set()  # with those whose last segment is not counted yet
        self._ended = ByteCounts()  # of those that are no more

    async def resolve(self) -> None:
        """Find the server's addresses. Once a client, as a name is looked up in a thread."""
        self._addresses = await resolve(self.host, self._port)

    async def dial(self) -> socket.socket:
        """A connected socket to the server; see dial()."""
        return await dial(self._addresses)

    def add(self, connection: AnyConnection) -> None:
        self._open.add(connection)

    def discard(self, connection: AnyConnection) -> None:
        """Forget a connection whose handshake failed, and its bytes."""
        self._open.discard(connection)

    def on_over(self, connection: AnyConnection) -> None:
        """Its counts are final. Nothing for one that was discarded."""
        if connection in self._open:
            self._open.remove(connection)
            self._ended += connection.byte_counts()

    def byte_counts(self) -> ByteCounts:
        """Of all connections so far."""
        return sum((connection.byte_counts() for connection in self._open), self._ended)

    async def close(self) -> None:
        """Close all that are open."""
        await asyncio.gather(*(connection.close() for connection in self._open))


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses to try, in order."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


async def dial(addresses: list[Address]) -> socket.socket:
    """A connected, non-blocking socket to the first address that answers, without Nagle's delay.

    The caller closes it. Raises OSError, the last address's, where none answers.
    """
    failure = OSError("the host has no address")
    for family, address in addresses:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(sock, address)
            return sock
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
    raise failure


class Shutdown:
    """Shuts this side of `sock` down, and follows the connection until both ends are through.

    To be made before the socket is closed, and closing it is still the caller's. eof: the caller
    has read to the peer's end. over() is called once, by the event loop, when both ends are
    through, or after CLOSE_GRACE_S, as a peer may keep its side open.
    """

    def __init__(self, sock: socket.socket, eof: bool, over: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = over
        self._fin = eof
        self._state = state(sock)
        self._count = read(sock, eof)
        self._pause_s = FIRST_PAUSE_S
        self._give_up_s = self._loop.time() + CLOSE_GRACE_S
        # Where no descriptor is left, what was counted so far has to do.
        self._sock = None
        with contextlib.suppress(OSError):
            self._sock = sock.dup()
        with contextlib.suppress(OSError):  # it is shut already, or the peer has reset it
            sock.shutdown(socket.SHUT_WR)
        self._loop.call_soon(self._check)

    def kernel(self) -> Kernel:
        """The count so far; the final one once it is over."""
        if self._sock is not None:
            # The state of a closed socket no longer tells the peer's FIN from a reset, so the FIN
            # is noted while it shows; a reset leaves an error behind.
            before, self._state = self._state, state(self._sock)
            if self._state in AFTER_FIN:
                self._fin = True
            elif self._state == CLOSED != before:
                error = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                self._fin = self._fin or not error
            self._count = read(self._sock, self._fin)
        return self._count

    def _check(self) -> None:
        self.kernel()
        if self._sock is not None:
            if self._state != CLOSED and self._loop.time() < self._give_up_s:
                self._loop.call_later(self._pause_s, self._check)
                self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
                return
            self._sock.close()
            self._sock = None
        self._over()
