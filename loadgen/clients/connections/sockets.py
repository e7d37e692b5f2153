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

    is_open: bool  # whether its opening handshake was completed
    reason: str  # why it ended, in one line

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
        self._ended = ByteCounts()  # of those that ended

    async def resolve(self) -> None:
        """Find the server's addresses. Once a client, as a name is resolved in a thread."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self.host, self._port, type=socket.SOCK_STREAM)
        self._addresses = [(family, address) for family, _, _, _, address in found]

    async def dial(self) -> socket.socket:
        """A connected, non-blocking socket to the first address that answers, with TCP_NODELAY.

        The caller closes it. Raises OSError, the last address's, where none answers.
        """
        failure = OSError("the host has no address")
        for family, address in self._addresses:
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

    def add(self, connection: AnyConnection) -> None:
        self._open.add(connection)

    def discard(self, connection: AnyConnection) -> None:
        """Forget a connection that could not be opened, and its bytes."""
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


class CountedSocket:
    """The socket of one connection, whose bytes and segments are counted until the last one.

    Closing the socket is its user's. A user that has another descriptor of it, as for TLS, closes
    that one, and this one is closed by shut().

    ended: done once nothing can be sent or received any more.
    """

    def __init__(self, sock: socket.socket, over: Callable[[], None], *, tls: bool) -> None:
        """over() is called once, by the event loop, when the count is final."""
        self.sock = sock
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._counted: asyncio.Future[None] = self._loop.create_future()
        self._over = over
        self._tls = tls
        self._followed: socket.socket | None = None  # a descriptor of its own, after shut()
        self._state = CLOSED  # of the followed socket
        self._fin = False
        self._pause_s = FIRST_PAUSE_S

    def kernel(self, eof: bool = False) -> Kernel:
        """The count so far. eof: the caller has read to the peer's end."""
        if not self.ended.done():
            return read(self.sock, eof)
        if self._followed is not None:
            # The state of a closed socket no longer tells the peer's FIN from a reset, so the FIN
            # is noted while it shows; a reset leaves an error behind.
            before, self._state = self._state, state(self._followed)
            if self._state in AFTER_FIN:
                self._fin = True
            elif self._state == CLOSED != before:
                error = self._followed.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                self._fin = self._fin or not error
            self._count = read(self._followed, self._fin)
        return self._count

    def shut(self, eof: bool) -> None:
        """Shut this side down, and follow the connection until both ends are through, at most
        CLOSE_GRACE_S, as a peer may keep its side open. To be called before the socket is closed.
        """
        self._fin = eof
        self._state = state(self.sock)
        self._count = read(self.sock, eof)
        self._give_up_s = self._loop.time() + CLOSE_GRACE_S
        # Where no descriptor is left, what was counted so far has to do.
        with contextlib.suppress(OSError):
            self._followed = self.sock.dup()
        with contextlib.suppress(OSError):  # it is shut already, or the peer has reset it
            self.sock.shutdown(socket.SHUT_WR)
        if self._tls:
            self.sock.close()
        self.ended.set_result(None)
        self._loop.call_soon(self._follow)

    async def until_counted(self, abort: Callable[[], None]) -> None:
        """Give the peer CLOSE_GRACE_S to end the connection, abort it, and wait for the count."""
        try:
            await asyncio.wait([self.ended], timeout=CLOSE_GRACE_S)
        finally:
            abort()
        await asyncio.shield(self._counted)

    def _follow(self) -> None:
        self.kernel()
        if self._followed is not None:
            if self._state != CLOSED and self._loop.time() < self._give_up_s:
                self._loop.call_later(self._pause_s, self._follow)
                self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
                return
            self._followed.close()
            self._followed = None
        self._counted.set_result(None)
        self._over()
