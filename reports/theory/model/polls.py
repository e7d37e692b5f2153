"""When each client polls and what each poll brings, worked out from the due times alone. Pure.

Here neither clients nor servers take time, and a message takes exactly one transit.
"""

from dataclasses import dataclass

import numpy as np

from reports.theory.model.inputs import Drawn, Ints, Premise

MAX_ROWS = 2_000_000


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
