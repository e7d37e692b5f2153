"""The polls of each client and what each brings, worked out from the due times alone.

Neither clients nor servers take time here, and a message takes exactly one transit.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np

from reports.theory.model.inputs import Ints, ModelInputs, SampledFeed

MAX_ROWS = 2_000_000
NEVER_NS = 2**62


@dataclass(frozen=True, eq=False)
class Polls:
    """A row for each poll, client after client; instants are ns since the epoch.

    waited_ns    at the server, for an event.
    first, last  events known before and after its answer.
    idle_ns      from an answer to the client's next request.
    weight       how many clients each simulated one stands for.
    """

    planned_ns: Ints
    waited_ns: Ints
    answered_ns: Ints
    first: Ints
    last: Ints
    idle_ns: int
    weight: float


def short_polls(inputs: ModelInputs, feed: SampledFeed) -> Polls:
    """On a grid, at phases spread evenly (poll_grid.py): slot k at phase + k × step.

    A poll brings all that was due when it reached the server. With a great many events or slots,
    fewer clients at as even phases stand for all of them.
    """
    step_ns, until_ns = inputs.step_ns, inputs.end_ns + inputs.step_ns
    slots = until_ns // step_ns + 1
    clients = min(inputs.clients, max(1, MAX_ROWS // max(slots, feed.due_ns.size)))
    phases = (2 * np.arange(clients) + 1) * inputs.interval_ns // (2 * clients)
    planned = phases[:, None] + step_ns * np.arange(slots)
    last = np.searchsorted(feed.due_ns, planned + inputs.reach_ns, side="right")
    first = np.concatenate([np.zeros((clients, 1), dtype=last.dtype), last[:, :-1]], axis=1)
    planned = planned.ravel()
    return Polls(
        planned_ns=planned,
        waited_ns=np.zeros_like(planned),
        answered_ns=planned + inputs.turnaround_ns,
        first=first.ravel(),
        last=last.ravel(),
        idle_ns=step_ns - inputs.turnaround_ns,
        weight=inputs.clients / clients,
    )


def long_polls(inputs: ModelInputs, feed: SampledFeed) -> Polls:
    """One always out: answered at its arrival or at the next due time, whichever is later.

    All clients begin at the epoch and get the same answers, so that one stands for all of them.
    """
    due_ns: list[int] = feed.due_ns.tolist()
    due_before_end = bisect_left(due_ns, inputs.end_ns)
    reach_ns, back_ns = inputs.reach_ns, inputs.serving_ns + inputs.transit_ns
    rows: list[tuple[int, int, int, int, int]] = []
    planned_ns = known = 0
    while planned_ns < inputs.end_ns or known < due_before_end:
        arrives_ns = planned_ns + reach_ns
        next_due_ns = due_ns[known] if known < len(due_ns) else NEVER_NS
        found_ns = max(arrives_ns, min(next_due_ns, arrives_ns + inputs.timeout_ns))
        found, answered_ns = bisect_right(due_ns, found_ns), found_ns + back_ns
        rows.append((planned_ns, found_ns - arrives_ns, answered_ns, known, found))
        planned_ns, known = answered_ns, found
    planned, waited, answered, first, last = np.array(rows, dtype=np.int64).T
    idle_ns, weight = reach_ns - inputs.transit_ns, inputs.clients
    return Polls(planned, waited, answered, first, last, idle_ns, weight)
