"""Progress of a trial: small datagrams from the workers, with their deliveries so far.

They go past the server under test, and a lost one costs nothing but a number on a screen.
"""

import contextlib
import socket
from typing import Self

import msgspec


class Reporter:
    """A worker's end."""

    def __init__(self, address: tuple[str, int], worker: int) -> None:
        self._worker = worker
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._address = address

    def send(self, delivered: int) -> None:
        """Send the count of deliveries so far; never waits, never fails."""
        datagram = msgspec.json.encode((self._worker, delivered))
        with contextlib.suppress(OSError):  # nobody listens: the trial goes on without a display
            self._socket.sendto(datagram, self._address)

    def close(self) -> None:
        self._socket.close()


class Listener:
    """The display's end: the sum over all workers."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._socket.getsockname()
        self._socket.setblocking(False)
        self._delivered: dict[int, int] = {}

    def delivered(self) -> int:
        """Deliveries of all workers, by the newest datagram of each."""
        while True:
            try:
                datagram = self._socket.recv(256)
                worker, delivered = msgspec.json.decode(datagram, type=tuple[int, int])
            except BlockingIOError:
                return sum(self._delivered.values())
            except msgspec.DecodeError:
                continue  # another program's datagram
            self._delivered[worker] = delivered

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
