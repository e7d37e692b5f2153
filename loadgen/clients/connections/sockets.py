"""TCP connections made from own sockets, so that TCP_INFO can be read as long as they live."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from loadgen.recording.byte_counters import AFTER_FIN, CLOSED, Kernel, read, state

# How long a client waits for the server to close after its own side is shut.
CLOSE_GRACE_S = 1.0

Address = tuple[socket.AddressFamily, tuple[object, ...]]


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses to try, in order. Once a client, as a name is looked up in a thread."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


async def dial(addresses: list[Address]) -> socket.socket:
    """A connected, non-blocking socket to the first address that answers, without Nagle's delay.

    The caller closes it. Raises OSError, the last address's, where none answers.
    """
    failure = OSError("the host has no address")
    for address in addresses:
        try:
            return await _connected(address)
        except OSError as error:
            failure = error
    raise failure


async def _connected(address: Address) -> socket.socket:
    family, target = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, target)
    except BaseException:
        sock.close()
        raise
    return sock


# The last acknowledgement takes one round trip: looked for often at first, then seldom.
FIRST_PAUSE_S = 0.001
LONGEST_PAUSE_S = 0.032


class Parting:
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
        self._loop.call_soon(self._look)

    def kernel(self) -> Kernel:
        """The count so far; the final one once it is over."""
        if self._sock is not None:
            self._follow(self._sock)
            self._count = read(self._sock, self._fin)
        return self._count

    def _follow(self, sock: socket.socket) -> None:
        """Note the peer's FIN: the state of a closed socket no longer tells it from a reset, but a
        reset leaves an error behind.
        """
        before, self._state = self._state, state(sock)
        if self._state in AFTER_FIN:
            self._fin = True
        elif self._state == CLOSED != before:
            self._fin = self._fin or not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def _look(self) -> None:
        self.kernel()
        if self._sock is not None:
            if self._state != CLOSED and self._loop.time() < self._give_up_s:
                self._loop.call_later(self._pause_s, self._look)
                self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
                return
            self._sock.close()
            self._sock = None
        self._over()
