"""Round trips of a bare TCP socket: what any transport over the same path is held against."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic_ns

import numpy as np

from loadgen.recording.distribution import Samples, distribution
from loadgen.runfile.figures import Link

ANSWERED_WITHIN_S = 30.0  # two round trips of the longest link there may be, and some more
S_NS = 1_000_000_000
# (samples, seconds): go on while there are fewer samples, as long as the time has not passed.
CONNECTS = ((1, ANSWERED_WITHIN_S), (3, 0.45))
PINGS = ((3, ANSWERED_WITHIN_S), (15, 1.6), (200, 0.1))


def wanted(steps: tuple[tuple[int, float], ...], samples: int, elapsed_s: float) -> bool:
    """Whether one more is to be taken: few of a long path, many of a short one."""
    return any(samples < count and elapsed_s < limit_s for count, limit_s in steps)


def link(address: str) -> Link:
    """Measure the path to an echo server at host:port. Blocking. OSError where it is not there."""
    connects = np.fromiter(_connects(address), dtype=np.int64)
    rtt, connect = distribution(pings(address)), distribution(connects)
    assert rtt is not None
    assert connect is not None
    return Link(rtt=rtt, connect=connect)


def pings(address: str) -> Samples:
    """Round trips of one byte over an open connection, ns each."""
    with _connected(address) as sock:
        _exchange(sock)  # what connecting costs is no round trip's fault
        return np.fromiter(_round_trips(sock), dtype=np.int64)


def _round_trips(sock: socket.socket) -> Iterator[int]:
    began_ns, taken = monotonic_ns(), 0
    while wanted(PINGS, taken, (monotonic_ns() - began_ns) / S_NS):
        sent_ns = monotonic_ns()
        _exchange(sock)
        yield monotonic_ns() - sent_ns
        taken += 1


def _connects(address: str) -> Iterator[int]:
    """From the call until the first byte was answered: two round trips."""
    began_ns, taken = monotonic_ns(), 0
    while wanted(CONNECTS, taken, (monotonic_ns() - began_ns) / S_NS):
        called_ns = monotonic_ns()
        with _connected(address) as sock:
            _exchange(sock)
            yield monotonic_ns() - called_ns
        taken += 1


@contextmanager
def _connected(address: str) -> Iterator[socket.socket]:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), ANSWERED_WITHIN_S) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield sock


def _exchange(sock: socket.socket) -> None:
    sock.sendall(b"?")
    if not sock.recv(1):
        raise ConnectionError("the echo server closed")
