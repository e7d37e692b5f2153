"""Subscribers that only drain: so many WebSocket connections to each port, nothing is decoded.

Arguments: connections a port, then the ports. Prints a line once all are connected; from then on,
for each line with a number of bytes on standard input, one line once that many have come.
"""

import base64
import os
import select
import socket
import sys

_TAKEN = bytearray(1 << 20)


def connect(port: int) -> socket.socket:
    """A connection with its handshake done; nothing is pushed before the last one is there."""
    sock = socket.create_connection(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall(
        f"GET /websocket?after=0 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        "".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += sock.recv(65_536)
    return sock


def main() -> None:
    count, *ports = map(int, sys.argv[1:])
    poll = select.epoll()
    sockets = {sock.fileno(): sock for port in ports for sock in _connect_all(port, count)}
    for number in sockets:
        poll.register(number, select.EPOLLIN)
    print("connected", flush=True)
    for line in sys.stdin:
        drain(poll, sockets, int(line))
        print("drained", flush=True)


def drain(poll: select.epoll, sockets: dict[int, socket.socket], size: int) -> None:
    """Read until `size` bytes have come, over all sockets."""
    while size > 0:
        for number, _ in poll.poll():
            size -= sockets[number].recv_into(_TAKEN)


def _connect_all(port: int, count: int) -> list[socket.socket]:
    return [connect(port) for _ in range(count)]


if __name__ == "__main__":
    main()
