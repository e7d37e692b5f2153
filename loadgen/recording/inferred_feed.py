"""What a feed was, seen from its receivers: where nobody says what was pushed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from feed.event import Event
from loadgen.recording.recorder import Recorder

Ints = npt.NDArray[np.int64]  # one dimension

# `{"seq":` `,"due":` `,"data":"` `"}`, without the numbers.
_ENVELOPE_BYTES = 7 + 7 + 9 + 2


@dataclass(frozen=True, eq=False)
class Drawn:
    """A feed: event `seq` is at index seq - 1. due: ns since the epoch."""

    due: Ints
    payload_bytes: Ints

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        pairs = [(event.due, len(event.data.encode())) for event in events]
        table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return cls(table[:, 0], table[:, 1])


def observed(recorders: Iterable[Recorder]) -> Drawn:
    """The feed as these clients together saw it, from the numbers of what arrived.

    An event in between that none of them got is taken as due when the one before it was: the
    numbers have no gaps. What all of them lost before the first or after the last arrival is not
    seen. The length of a text is the mean over all arrivals, escapes included.
    """
    arrivals = np.concatenate([np.empty((0, 4), np.int64), *(r.arrivals() for r in recorders)])
    seq, due, message_bytes, _ = arrivals[arrivals[:, 0] > 0].T
    if not seq.size:
        return Drawn(np.empty(0, np.int64), np.empty(0, np.int64))
    plan = np.full(int(seq.max()), -1, dtype=np.int64)
    plan[seq - 1] = due
    seen = np.maximum.accumulate(np.where(plan >= 0, np.arange(plan.size), -1))
    plan = np.where(seen >= 0, plan[seen], -1)
    digits = sum(len(str(number)) for number in (*seq.tolist(), *due.tolist()))
    texts_bytes = int(message_bytes.sum()) - _ENVELOPE_BYTES * seq.size - digits
    mean = round(texts_bytes / seq.size)
    return Drawn(plan, np.full(plan.size, max(0, mean), dtype=np.int64))
