"""When each client polls and what each poll brings, worked out from the due times alone. Pure.

Clients take no time here, servers none but for long polls, and a message takes exactly one transit.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.premise import Drawn, Ints, Premise

MAX_ROWS = 2_000_000
MAX_GROUPS = 20  # of clients whose long polls are answered one after another

_Row = tuple[int, int, int, int, int]  # planned_ns, held_ns, answered_ns, first, last


@dataclass(frozen=True, eq=False)
class Polls:
    """A row a poll, client after client. first, last: events known before and after its answer.

    weight  how many clients each simulated one stands for.
    """

    planned_ns: Ints
    sent_ns: Ints
    held_ns: Ints
    answered_ns: Ints
    idle_ns: Ints  # from the answer to the client's next request
    first: Ints
    last: Ints
    weight: float


def short_polls(premise: Premise, drawn: Drawn) -> Polls:
    """On a grid, at phases spread evenly (loadgen/grid.py): slot k at phase + k × step.

    A poll brings all that was due when it reached the server. With a great many events or slots,
    fewer clients at as even phases stand for all of them.
    """
    step_ns, until_ns = premise.step_ns, premise.end_ns + premise.step_ns
    slots = until_ns // step_ns + 1
    clients = min(premise.clients, max(1, MAX_ROWS // max(slots, drawn.due_ns.size)))
    phases = (2 * np.arange(clients) + 1) * premise.interval_ns // (2 * clients)
    planned = phases[:, None] + step_ns * np.arange(slots)
    last = np.searchsorted(drawn.due_ns, planned + premise.reach_ns, side="right")
    first = np.concatenate([np.zeros((clients, 1), dtype=last.dtype), last[:, :-1]], axis=1)
    planned = planned.ravel()
    return Polls(
        planned_ns=planned,
        sent_ns=planned + premise.reach_ns - premise.transit_ns,
        held_ns=np.zeros_like(planned),
        answered_ns=planned + premise.blind_ns,
        idle_ns=np.full_like(planned, step_ns - premise.blind_ns),
        first=first.ravel(),
        last=last.ravel(),
        weight=premise.clients / clients,
    )


def long_polls(premise: Premise, drawn: Drawn) -> Polls:
    """One always out: answered at its arrival or at the next due time, whichever is later.

    All clients begin at the epoch. Where answering takes time, the server answers one after
    another, in the order in which they came: the i-th of n that wait for one event, i from 0,
    has its answer (i + ½) × serving time later, and finds all that was due by then. Even groups
    of clients stand for all of them; where it takes none, all see the same, and one is enough.
    """
    groups = _groups(premise, drawn)
    turn_ns = premise.clients * premise.serving_ns // groups
    rows: list[list[_Row]] = [[] for _ in range(groups)]
    free_ns = 0
    queue = [(_found_ns(premise, drawn, 0, 0), premise.reach_ns, group) for group in range(groups)]
    asked = [(0, 0)] * groups  # when each planned its poll, and what it had seen
    while queue:
        found_ns, arrived_ns, group = heapq.heappop(queue)
        planned_ns, seen = asked[group]
        begun_ns = max(found_ns, free_ns)
        free_ns = begun_ns + turn_ns
        known = _due_before(drawn, begun_ns + 1)
        answered_ns = begun_ns + turn_ns // 2 + premise.transit_ns
        rows[group].append((planned_ns, begun_ns - arrived_ns, answered_ns, seen, known))
        planned_ns = max(answered_ns, planned_ns + 1)
        if planned_ns < premise.end_ns or known < _due_before(drawn, premise.end_ns):
            asked[group] = planned_ns, known
            found_ns = _found_ns(premise, drawn, planned_ns, known)
            heapq.heappush(queue, (found_ns, planned_ns + premise.reach_ns, group))
    return _of_rows(premise, [row for of_group in rows for row in of_group], groups)


def _groups(premise: Premise, drawn: Drawn) -> int:
    """How many stand for all clients; fewer with a great many events."""
    if not premise.serving_ns:
        return 1
    return min(premise.clients, MAX_GROUPS, max(1, MAX_ROWS // (2 * max(1, drawn.due_ns.size))))


def _found_ns(premise: Premise, drawn: Drawn, planned_ns: int, seen: int) -> int:
    """When the server has something for this poll, or has held it for long enough."""
    arrives_ns = planned_ns + premise.reach_ns
    return max(arrives_ns, min(_due(drawn, seen), arrives_ns + premise.timeout_ns))


def _of_rows(premise: Premise, rows: Sequence[_Row], groups: int) -> Polls:
    planned, held, answered, first, last = np.array(rows, dtype=np.int64).T
    return Polls(
        planned_ns=planned,
        sent_ns=planned + premise.reach_ns - premise.transit_ns,
        held_ns=held,
        answered_ns=answered,
        idle_ns=np.full_like(planned, premise.reach_ns - premise.transit_ns),
        first=first,
        last=last,
        weight=premise.clients / groups,
    )


def _due_before(drawn: Drawn, instant_ns: int) -> int:
    return int(np.searchsorted(drawn.due_ns, instant_ns, side="left"))


def _due(drawn: Drawn, index: int) -> int:
    """The due time of an event, and one that never comes for those that are not drawn."""
    return int(drawn.due_ns[index]) if index < drawn.due_ns.size else 2**62
