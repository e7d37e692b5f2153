"""Pollers that only ask: so many connections to each URL, one request in flight on each.

Arguments: connections a URL, then the URLs. Prints a line once all are connected; from then on, for
each line with the number of a URL (from 0) and a number of requests on standard input, one line
once that many have been answered.
"""

import select
import socket
import sys
from urllib.parse import urlsplit


class Asker:
    """The connections to one URL. An answer comes in one piece: it is short."""

    def __init__(self, url: str, count: int) -> None:
        place = urlsplit(url)
        self._request = (
            f"GET {place.path}?after=0 HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode()
        )
        address = (place.hostname or "", place.port or 80)
        connected = [socket.create_connection(address) for _ in range(count)]
        self._sockets = {sock.fileno(): sock for sock in connected}
        self._poll = select.epoll()
        for number, sock in self._sockets.items():
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._poll.register(number, select.EPOLLIN)

    def ask(self, requests: int) -> None:
        """So many, until the last answer is there."""
        asked = min(requests, len(self._sockets))
        for _, sock in zip(range(asked), self._sockets.values(), strict=False):
            sock.sendall(self._request)
        answered = 0
        while answered < requests:
            for number, _ in self._poll.poll():
                assert self._sockets[number].recv(65_536).startswith(b"HTTP/1.1 200")
                answered += 1
                if asked < requests:
                    asked += 1
                    self._sockets[number].sendall(self._request)


def main() -> None:
    askers = [Asker(url, int(sys.argv[1])) for url in sys.argv[2:]]
    print("connected", flush=True)
    for line in sys.stdin:
        number, requests = map(int, line.split())
        askers[number].ask(requests)
        print("answered", flush=True)


if __name__ == "__main__":
    main()
