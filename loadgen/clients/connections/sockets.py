"""TCP connections made from own sockets, so that TCP_INFO can be read as long as they live."""

import asyncio
import socket

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
