"""Round trips of a bare TCP socket: the floor of any transport over the same path."""

import socket
from collections.abc import Callable, Iterator
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
    """Whether to take one more sample: few of a long path, many of a short one."""
    return any(samples < count and elapsed_s < limit_s for count, limit_s in steps)


def measure_link(address: str) -> Link:
    """Measure the path to an echo server at host:port. Blocking. OSError where it is not there."""

    def connect_ns() -> int:
        """From the call until the first byte was answered: two round trips."""
        called_ns = monotonic_ns()
        with _connected(address) as sock:
            return _answered_ns(sock, called_ns)

    connect, rtt = distribution(_repeat(connect_ns, CONNECTS)), distribution(pings(address))
    assert rtt is not None
    assert connect is not None
    return Link(rtt=rtt, connect=connect)


def pings(address: str) -> Samples:
    """Round trips of one byte over an open connection, ns each. Blocking. Raises OSError."""
    with _connected(address) as sock:
        _answered_ns(sock, 0)  # not counted: it may wait for the connection to be accepted
        return _repeat(lambda: _answered_ns(sock, monotonic_ns()), PINGS)


def _repeat(measure_ns: Callable[[], int], steps: tuple[tuple[int, float], ...]) -> Samples:
    began_ns = monotonic_ns()
    samples_ns: list[int] = []
    while wanted(steps, len(samples_ns), (monotonic_ns() - began_ns) / S_NS):
        samples_ns.append(measure_ns())
    return np.array(samples_ns, dtype=np.int64)


@contextmanager
def _connected(address: str) -> Iterator[socket.socket]:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), ANSWERED_WITHIN_S) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield sock


def _answered_ns(sock: socket.socket, since_ns: int) -> int:
    """Send a byte: the time from since_ns until it is back."""
    sock.sendall(b"?")
    if not sock.recv(1):
        raise ConnectionError("the echo server closed")
    return monotonic_ns() - since_ns
