"""When each client polls and what each poll brings, worked out from the due times alone.

Here neither clients nor servers take time, and a message takes exactly one transit.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np

from reports.theory.model.inputs import Drawn, Ints, Premise

MAX_ROWS = 2_000_000
NEVER_NS = 2**62


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
    """On a grid, at phases spread evenly (poll_grid.py): slot k at phase + k × step.

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

    All clients begin at the epoch and see the same, so that one stands for all of them.
    """
    due_ns: list[int] = drawn.due_ns.tolist()
    due_before_end = bisect_left(due_ns, premise.end_ns)
    reach_ns, back_ns = premise.reach_ns, premise.serving_ns + premise.transit_ns
    rows: list[tuple[int, int, int, int, int]] = []
    planned_ns = seen = 0
    while planned_ns < premise.end_ns or seen < due_before_end:
        arrives_ns = planned_ns + reach_ns
        next_due_ns = due_ns[seen] if seen < len(due_ns) else NEVER_NS
        found_ns = max(arrives_ns, min(next_due_ns, arrives_ns + premise.timeout_ns))
        known, answered_ns = bisect_right(due_ns, found_ns), found_ns + back_ns
        rows.append((planned_ns, found_ns - arrives_ns, answered_ns, seen, known))
        planned_ns, seen = answered_ns, known
    planned, held, answered, first, last = np.array(rows, dtype=np.int64).T
    return Polls(
        planned_ns=planned,
        sent_ns=planned + reach_ns - premise.transit_ns,
        held_ns=held,
        answered_ns=answered,
        idle_ns=np.full_like(planned, reach_ns - premise.transit_ns),
        first=first,
        last=last,
        weight=premise.clients,
    )
