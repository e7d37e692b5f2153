"""Measures what short polls cost a server that never rests, once after a trial.

A server that had nothing to do for some milliseconds has gone to sleep and lost its caches: the
next poll costs it several times as much CPU time. A trial with few clients measures little else,
and a busier server must not be planned from that alone (docs/adr/0011 and 0015).
"""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle, takewhile
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
            answers = _answers(polls, connections, events_per_poll, last_seq)
            _take(answers, WARM_UP)
            before = control_client.fetch_figures(control).now
            began_ns = monotonic_ns()
            events = _take(answers, MOST)
            span_ns = monotonic_ns() - began_ns
            after = control_client.fetch_figures(control).now
    except (OSError, ValueError, TrialFailed):
        return None
    if before is None or after is None:
        return None
    return Busy(len(events), sum(events), after.cpu_ns - before.cpu_ns, span_ns)


def _answers(
    polls: Polls, connections: list[socket], events_per_poll: float, last_seq: int
) -> Iterator[int]:
    """Poll as each client in turn, for as many events as a poll shall bring: how many each brought.

    connections: empty where each poll has one of its own. Raises OSError, ValueError.
    """
    owed = 0.0
    for connection in cycle([*connections] or [None]):
        owed += events_per_poll
        wanted = int(owed)
        owed -= wanted
        answer = polls.ask(max(0, last_seq - wanted), connection)
        events = answer.events if answer.status == 200 else []
        if events:
            last_seq = events[-1].seq
        yield len(events)


def _take(answers: Iterator[int], most: int) -> list[int]:
    """So many of them, or as many as come in LONGEST_NS."""
    give_up_ns = monotonic_ns() + LONGEST_NS
    in_time = takewhile(lambda _: monotonic_ns() <= give_up_ns, range(most))
    return [events for _, events in zip(in_time, answers, strict=False)]
