"""Long polls, played turn by turn from the due times alone. Pure.

An event loop goes by turns: it reads what has arrived when one begins, makes an answer for every
poll that has something to get, and then sends them one after another. Where serving takes no time,
a turn is an instant.
"""

from dataclasses import dataclass

import numpy as np

from reports.theory.model.inputs import NO_TIME, Drawn, Premise
from reports.theory.model.polls import MAX_ROWS, Polls

MAX_GROUPS = 20  # of clients that are answered alike
NEVER_NS = 2**62
# A server that had nothing to do for so long has gone to sleep.
IDLE_NS = 1_000_000

_Row = tuple[int, int, int, int, int]  # planned_ns, held_ns, answered_ns, first, last


@dataclass
class _Poll:
    """The poll that a group of clients has out. seen: how many events they know."""

    planned_ns: int
    arrives_ns: int
    seen: int = 0
    read: bool = False
    over: bool = False  # the group is done


def long_polls(premise: Premise, drawn: Drawn) -> Polls:
    """One always out: answered at its arrival or at the next due time, whichever is later.

    All clients begin at the epoch, and each polls again as soon as it has its answer. Even groups
    of them stand for all; where serving takes no time, all see the same, and one is enough.
    """
    turns = _Turns(premise, drawn)
    while any(not poll.over for poll in turns.polls):
        turns.take()
    planned, held, answered, first, last = np.array(turns.rows(), dtype=np.int64).T
    return Polls(
        planned_ns=planned,
        sent_ns=planned + premise.reach_ns - premise.transit_ns,
        held_ns=held,
        answered_ns=answered,
        idle_ns=np.full_like(planned, premise.reach_ns - premise.transit_ns),
        first=first,
        last=last,
        weight=premise.clients / len(turns.polls),
    )


class _Turns:
    """The server's turns, one after another, and the polls that are out."""

    def __init__(self, premise: Premise, drawn: Drawn) -> None:
        self._premise = premise
        self._due_ns: list[int] = drawn.due_ns.tolist()
        self._drawn = drawn
        groups = self._groups()
        self._share = premise.clients / groups  # how many clients a group stands for
        self._free_ns = 0
        self._last = self._due_before(premise.end_ns)
        self._rows: list[list[_Row]] = [[] for _ in range(groups)]
        self.polls = [self._next(0, 0) for _ in range(groups)]

    def rows(self) -> list[_Row]:
        """Group after group."""
        return [row for of_group in self._rows for row in of_group]

    def take(self) -> None:
        """The next turn."""
        begun_ns = max(self._free_ns, min(self._calls_ns(poll) for poll in self.polls))
        known = self._due_before(begun_ns + 1)
        arrived = [poll for poll in self.polls if not poll.over and poll.arrives_ns <= begun_ns]
        served = [i for i, poll in enumerate(self.polls) if self._found_ns(poll) <= begun_ns]
        unread = sum(not poll.read for poll in arrived)
        for poll in arrived:
            poll.read = True
        slept = bool(served) and begun_ns > self._free_ns + IDLE_NS
        made_ns = begun_ns + self._making_ns(unread, len(served), slept)
        send_ns = self._share * self._premise.serving.send_ns
        for place, i in enumerate(served):
            self._answer(i, begun_ns, round(made_ns + (place + 0.5) * send_ns), known, len(served))
        self._free_ns = round(made_ns + len(served) * send_ns)

    def _answer(self, group: int, begun_ns: int, left_ns: int, known: int, served: int) -> None:
        poll = self.polls[group]
        answered_ns = left_ns + self._premise.transit_ns
        held_ns = begun_ns - poll.arrives_ns
        self._rows[group].append((poll.planned_ns, held_ns, answered_ns, poll.seen, known))
        later_ns = self._premise.serving.leaves_ns * served // len(self.polls)
        self.polls[group] = self._next(max(answered_ns, poll.planned_ns + 1), known, later_ns)

    def _next(self, planned_ns: int, seen: int, later_ns: int = 0) -> _Poll:
        """The client's next poll; later_ns: until it leaves."""
        return _Poll(
            planned_ns=planned_ns,
            arrives_ns=planned_ns + self._premise.reach_ns + later_ns,
            seen=seen,
            over=planned_ns >= self._premise.end_ns and seen >= self._last,
        )

    def _making_ns(self, read: int, answered: int, slept: bool) -> int:
        """From the turn's beginning until its first answer leaves."""
        serving = self._premise.serving
        clients_ns = (read * serving.read_ns + answered * serving.answer_ns) * self._share
        return round(clients_ns) + (serving.wake_ns if slept else 0)

    def _calls_ns(self, poll: _Poll) -> int:
        """When this poll next needs a turn."""
        if poll.over:
            return NEVER_NS
        return self._found_ns(poll) if poll.read else poll.arrives_ns

    def _found_ns(self, poll: _Poll) -> int:
        """When the server has something for it, or has held it for long enough."""
        if poll.over:
            return NEVER_NS
        due_ns = self._due_ns[poll.seen] if poll.seen < len(self._due_ns) else NEVER_NS
        return max(poll.arrives_ns, min(due_ns, poll.arrives_ns + self._premise.timeout_ns))

    def _due_before(self, instant_ns: int) -> int:
        return int(np.searchsorted(self._drawn.due_ns, instant_ns, side="left"))

    def _groups(self) -> int:
        """Fewer with a great many events."""
        if self._premise.serving == NO_TIME:
            return 1
        rows = 2 * max(1, self._drawn.due_ns.size)
        return min(self._premise.clients, MAX_GROUPS, max(1, MAX_ROWS // rows))
