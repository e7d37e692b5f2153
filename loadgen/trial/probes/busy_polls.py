"""Measures what short polls cost a server that never rests, once after a trial.

A server that had nothing to do for some milliseconds has gone to sleep and lost its caches: the
next poll costs it several times as much CPU time. A trial with few clients measures little else,
and a busier server must not be planned from that alone (docs/adr/0011 and 0015).
"""

from contextlib import ExitStack
from itertools import cycle
from socket import socket
from time import monotonic_ns

from loadgen.errors import TrialFailed
from loadgen.runfile.figures import Busy
from loadgen.trial.probes.blocking_poll import Polls
from loadgen.under_test import control_client

MOST_CLIENTS = 100  # more of them change little, and take their time to connect
WARM_UP = 200  # polls
MOST = 1_000  # polls: what a few of them cost more or less does not show
LONGEST_NS = 1_000_000_000


def measure_busy(
    polls: Polls, *, control: str, clients: int, events_per_poll: float, last_seq: int
) -> Busy | None:
    """Poll as so many clients in turn, each as soon as the one before has its answer.

    control: URL of the port that gives the CPU time. events_per_poll: in the mean. last_seq: of an
    event that the server still has. None where the server does not tell, or is gone. Blocking.
    """
    try:
        with ExitStack() as stack:
            count = min(clients, MOST_CLIENTS) if polls.keep_alive else 0
            connections = [stack.enter_context(polls.connected()) for _ in range(count)]
            asking = _Clients(polls, connections, events_per_poll, last_seq)
            asking.poll(WARM_UP)
            before = control_client.fetch_figures(control).now
            began_ns, events = monotonic_ns(), asking.events
            made = asking.poll(MOST)
            span_ns = monotonic_ns() - began_ns
            after = control_client.fetch_figures(control).now
    except (OSError, ValueError, TrialFailed):
        return None
    if before is None or after is None:
        return None
    return Busy(made, asking.events - events, after.cpu_ns - before.cpu_ns, span_ns)


class _Clients:
    """One after another they ask for as many events as a poll shall bring."""

    def __init__(
        self, polls: Polls, connections: list[socket], events_per_poll: float, last_seq: int
    ) -> None:
        """connections: empty where each poll has one of its own."""
        self._polls = polls
        self._connections = cycle([*connections] or [None])
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
            self._owed += self._share
            wanted = int(self._owed)
            self._owed -= wanted
            after = max(0, self._last_seq - wanted)
            answer = self._polls.ask(after, next(self._connections))
            if answer.status == 200:
                self.events += len(answer.events)
                self._last_seq = answer.events[-1].seq
        return most
