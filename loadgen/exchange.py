"""The sizes of one poll and its answers, and its time, seen once after a trial: theory's units.

A trial's own counters say how many bytes went over the wire in all; to predict that number one has
to know what a single request and a single answer weigh, and from another source.
"""

import ssl
import statistics
from collections.abc import Callable
from functools import partial
from time import monotonic_ns

from loadgen.figures import Exchange
from loadgen.probe import Answer, Polls, receive
from loadgen.scenario import HeaderProfile

TRIES = 50  # to meet a moment without a new event
WARM_UP = 3  # the first polls of a connection take longer
TIMED = 21


def see(
    url: str,
    headers: HeaderProfile,
    *,
    timeout_s: float | None,
    keep_alive: bool,
    tls: ssl.SSLContext | None = None,
) -> Exchange | None:
    """Poll a server that has published, weigh what goes and comes, and time it.

    url: of the endpoint, as in the ready line. timeout_s: of a long poll, None for a short one.
    None where the server has no event yet, has a new one at every look, or is gone. Blocking.
    """
    polls = Polls(url=url, headers=headers, timeout_s=timeout_s, tls=tls)
    ask = partial(polls.ask, keep_alive=keep_alive)
    request = partial(polls.request, hold_s=timeout_s, keep_alive=keep_alive)
    try:
        everything = ask(0)
        latest = ask(everything.events[-1].seq - 1)
        last_seq = latest.events[-1].seq
        empty = _meet_empty(ask, last_seq)
        service_ns = _service_ns(polls, last_seq - 1)
    except (OSError, ValueError):
        return None
    # Filled-up headers take the digits of a length out of their filling.
    grown = everything.digits - latest.digits
    digit_bytes = (
        (everything.head - latest.head) // grown if grown else int(headers != "quantum-2010")
    )
    return Exchange(
        request_bytes=len(request(1)),
        request_digit_bytes=len(request(10)) - len(request(1)),
        empty_bytes=empty.size,
        answer_bytes=latest.head - (latest.digits - 1) * digit_bytes,
        answer_digit_bytes=digit_bytes,
        service_ns=service_ns,
    )


def _service_ns(polls: Polls, after: int) -> int:
    """Of one poll that finds events: the median on one open connection, nothing else going on.

    From sending it until its whole answer is there, with loopback's own way in it.
    """
    request = polls.request(after, polls.timeout_s)
    taken_ns = []
    with polls.connected() as sock:
        for _ in range(WARM_UP + TIMED):
            sent_ns = monotonic_ns()
            sock.sendall(request)
            receive(sock)
            taken_ns.append(monotonic_ns() - sent_ns)
    return round(statistics.median(taken_ns[WARM_UP:]))


def _meet_empty(ask: Callable[[int], Answer], after: int) -> Answer:
    """An answer without events. ValueError where there is a new event at each look."""
    for _ in range(TRIES):
        answer = ask(after)
        if answer.status == 204:
            return answer
        after = answer.events[-1].seq
    raise ValueError("no look without an event")
