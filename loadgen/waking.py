"""How long held polls wait for their answers once an event is due, seen once after a trial.

An event loop answers all polls that wait for one event in one turn, so that each of them waits for
others. What falls due meanwhile waits for the next turn, and theory can say how much that is only
if it knows how long a turn takes.
"""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from socket import socket
from time import monotonic_ns

from loadgen.figures import Waking
from loadgen.probe import Polls, receive

MOST = 100  # polls held at once; what one more adds is known well enough by then
EVENTS = 7  # at each number of polls, if they come in time
LONGEST_S = 2.5
SETTLED_NS = 10_000_000  # a server may still be busy with the last polls before that


@dataclass(frozen=True)
class _Woken:
    """By one event. mean_ns: from its due time until the answers, less one transit. spread_ns:
    from the first of them to the last.
    """

    mean_ns: float
    spread_ns: int


def see_waking(
    polls: Polls, *, clients: int, after: int, epoch_ns: int, transit_ns: int
) -> Waking | None:
    """Hold one long poll, then as many as there are clients, against a feed that is running.

    after: a cursor that the server still holds. epoch_ns: of the feed. None where too few events
    come within twice LONGEST_S, or the server is gone. Blocking.
    """
    many = min(clients, MOST)
    try:
        alone = _watch(polls, 1, after, epoch_ns, transit_ns)
        together = _watch(polls, many, after, epoch_ns, transit_ns) if many > 1 else alone
    except (OSError, ValueError):
        return None
    if not (alone and together):
        return None
    wake_ns = statistics.median(woken.mean_ns for woken in alone)
    more_ns = statistics.median(woken.mean_ns for woken in together) - wake_ns
    spread_ns = statistics.median(woken.spread_ns for woken in together)
    return Waking(
        wake_ns=max(0, round(wake_ns)),
        answer_ns=max(0, round(more_ns / max(1, many - 1))),
        apart_ns=round(spread_ns / max(1, many - 1)),
    )


def _watch(polls: Polls, count: int, after: int, epoch_ns: int, transit_ns: int) -> list[_Woken]:
    """Of up to EVENTS events. Raises OSError, ValueError."""
    seen: list[_Woken] = []
    give_up_ns = monotonic_ns() + round(LONGEST_S * 1e9)
    with ExitStack() as stack:
        sockets = [stack.enter_context(polls.connected()) for _ in range(count)]
        while len(seen) < EVENTS and (left_ns := give_up_ns - monotonic_ns()) > 0:
            for sock in sockets:
                sock.settimeout(left_ns / 1e9)
            try:
                request = polls.request(after, polls.timeout_s)
                after, woken = _one_event(sockets, request, epoch_ns, transit_ns)
            except TimeoutError:
                break
            seen += [woken] if woken else []
    return seen


def _one_event(
    sockets: Sequence[socket], request: bytes, epoch_ns: int, transit_ns: int
) -> tuple[int, _Woken | None]:
    """The new cursor; no _Woken where a poll may not have been held when the event was due."""
    for sock in sockets:
        sock.sendall(request)
    sent_ns = monotonic_ns()
    answers, read_ns = [], []
    for sock in sockets:
        answers.append(receive(sock))
        read_ns.append(monotonic_ns())
    seen = [answer.events for answer in answers]
    due_ns = epoch_ns + min(events[0].due for events in seen)
    after = min(events[-1].seq for events in seen)
    if due_ns < sent_ns + transit_ns + SETTLED_NS:
        return after, None
    mean_ns = statistics.mean(instant_ns - transit_ns - due_ns for instant_ns in read_ns)
    return after, _Woken(mean_ns, read_ns[-1] - read_ns[0])
