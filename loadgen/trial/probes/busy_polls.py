"""What short polls cost a server that never rests, seen once after a trial.

A server that had nothing to do for some milliseconds has gone to sleep and lost its caches: the
next poll costs it several times as much CPU time. A trial with few clients measures little else,
and a busier server must not be planned from that alone.
"""

from contextlib import ExitStack
from itertools import cycle
from socket import socket
from time import monotonic_ns

from loadgen.errors import TrialFailed
from loadgen.runfile.figures import Busy
from loadgen.trial.probes.blocking_poll import Answer, Polls, receive
from loadgen.under_test.control_client import fetch_figures

MOST_CLIENTS = 100  # more of them change little, and take their time to connect
WARM_UP = 200  # polls
MOST = 1_000  # polls: what a few of them cost more or less does not show
LONGEST_NS = 1_000_000_000


def see_busy(
    polls: Polls,
    *,
    place: str,
    clients: int,
    keep_alive: bool,
    events_per_poll: float,
    last_seq: int,
) -> Busy | None:
    """Poll as so many clients in turn, each as soon as the one before has its answer.

    place: URL of the control port, which tells the CPU time. events_per_poll: in the mean.
    last_seq: of an event that is still held. None where the server does not tell, or is gone.
    Blocking.
    """
    try:
        with ExitStack() as stack:
            connections = min(clients, MOST_CLIENTS) if keep_alive else 0
            opened = [stack.enter_context(polls.connected()) for _ in range(connections)]
            asking = _Clients(polls, opened, events_per_poll, last_seq)
            asking.poll(WARM_UP)
            before = fetch_figures(place).now
            began_ns, seen = monotonic_ns(), asking.events
            made = asking.poll(MOST)
            span_ns = monotonic_ns() - began_ns
            after = fetch_figures(place).now
    except (OSError, ValueError, TrialFailed):
        return None
    if before is None or after is None:
        return None
    return Busy(made, asking.events - seen, after.cpu_ns - before.cpu_ns, span_ns)


class _Clients:
    """One after another they ask for as many events as a poll shall bring."""

    def __init__(
        self, polls: Polls, connections: list[socket], events_per_poll: float, last_seq: int
    ) -> None:
        """connections: empty where each poll has one of its own."""
        self._polls = polls
        self._connections = cycle(connections) if connections else None
        self._share = events_per_poll
        self._last_seq = last_seq
        self._owed = 0.0
        self.events = 0

    def poll(self, most: int) -> int:
        """How many it made, in LONGEST_NS at most. Raises OSError, ValueError."""
        give_up_ns = monotonic_ns() + LONGEST_NS
        for made in range(most):
            if monotonic_ns() > give_up_ns:
                return made
            self._once()
        return most

    def _once(self) -> None:
        self._owed += self._share
        wanted = int(self._owed)
        self._owed -= wanted
        answer = self._ask(max(0, self._last_seq - wanted))
        if answer.status == 200:
            self.events += len(answer.events)
            self._last_seq = answer.events[-1].seq

    def _ask(self, after: int) -> Answer:
        if self._connections is None:
            return self._polls.ask(after, keep_alive=False)
        sock = next(self._connections)
        sock.sendall(self._polls.request(after, None))
        return receive(sock)
