"""A WebSocket server that only floods: ready-made frames, as fast as the socket takes them.

Each line on standard input floods the next connection that was accepted: EVENTS events from seq 1
on, then a close frame. So whoever receives them is the bottleneck.
"""

import base64
import hashlib
import socket
import struct
import sys
import threading
from queue import Queue

from feed.event import Event, encode

EVENTS = 200_000
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


def frames() -> bytes:
    """The whole flood, of about 120 bytes a message."""
    text = "x" * 80
    messages = (encode(Event(seq, seq * 1_000, text)) for seq in range(1, EVENTS + 1))
    close = b"\x88\x02" + struct.pack("!H", 1000)
    return b"".join(struct.pack("!BB", 0x81, len(m)) + m for m in messages) + close


def accept(listener: socket.socket) -> socket.socket:
    """The next connection, with its handshake done."""
    connection, _ = listener.accept()
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(65_536)
    lines = (line.split(b": ") for line in request.split(b"\r\n") if b": " in line)
    key = {name.lower(): value for name, value in lines}[b"sec-websocket-key"]
    token = base64.b64encode(hashlib.sha1(key + _GUID).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + token + b"\r\n\r\n"
    )
    return connection


def main() -> None:
    flood = frames()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        accepted: Queue[socket.socket] = Queue()
        threading.Thread(target=_accept_all, args=(listener, accepted), daemon=True).start()
        for _ in sys.stdin:
            with accepted.get() as connection:
                connection.sendall(flood)
                connection.recv(65_536)  # the answer to the close frame


def _accept_all(listener: socket.socket, accepted: Queue[socket.socket]) -> None:
    while True:
        accepted.put(accept(listener))


if __name__ == "__main__":
    main()
