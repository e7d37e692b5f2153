"""Deliveries as they happen: small datagrams from the workers to the progress display.

They go past the server under test, and a lost one costs nothing but a number on a screen.
"""

import socket
from typing import Self

import msgspec


class _Note(msgspec.Struct):
    worker: int
    delivered: int


class Reporter:
    """A worker's end."""

    def __init__(self, address: tuple[str, int], worker: int) -> None:
        self._worker = worker
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._address = address

    def tell(self, delivered: int) -> None:
        """Say how many deliveries there were so far; never waits, never fails."""
        note = msgspec.json.encode(_Note(self._worker, delivered))
        try:
            self._socket.sendto(note, self._address)
        except OSError:
            pass  # nobody listens any more: the trial goes on without its display

    def close(self) -> None:
        self._socket.close()


class Listener:
    """The display's end: the sum over all workers."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.setblocking(False)
        self._delivered: dict[int, int] = {}

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._socket.getsockname()
        return host, port

    def delivered(self) -> int:
        """Deliveries of all workers, as far as they have told."""
        while True:
            try:
                note = msgspec.json.decode(self._socket.recv(256), type=_Note)
            except BlockingIOError:
                return sum(self._delivered.values())
            except msgspec.DecodeError:
                continue  # a stranger's datagram
            self._delivered[note.worker] = note.delivered

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
