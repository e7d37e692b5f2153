"""A feed as arrays, and how to infer one from its arrivals where the server does not say."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from feed.event import Event
from loadgen.recording.recorder import Ints, Recorder

# `{"seq":` `,"due":` `,"data":"` `"}`, without the numbers.
_ENVELOPE_BYTES = 7 + 7 + 9 + 2


@dataclass(frozen=True, eq=False)
class PlannedFeed:
    """All events of a feed: event `seq` is at index seq - 1. due: ns since the epoch."""

    due: Ints
    payload_bytes: Ints

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        pairs = [(event.due, len(event.data.encode())) for event in events]
        table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return cls(table[:, 0], table[:, 1])

    @classmethod
    def of_equal(cls, due: Ints, payload_bytes: int) -> Self:
        """Of events that all have a payload of the same length."""
        return cls(due, np.full(due.size, payload_bytes, dtype=np.int64))


def infer_feed(recorders: Iterable[Recorder]) -> PlannedFeed:
    """The feed that the sequence numbers of all these clients' arrivals imply.

    An event that none of them received is taken as due when the one before it was: the numbers
    have no gaps. Events that all of them lost before the first or after the last arrival cannot be
    inferred. The length of a payload is the mean over all arrivals, escapes included.
    """
    arrivals = np.concatenate([np.empty((0, 4), np.int64), *(r.arrivals() for r in recorders)])
    seq, due, message_bytes, _ = arrivals[arrivals[:, 0] > 0].T
    if not seq.size:
        return PlannedFeed.of_equal(np.empty(0, np.int64), 0)
    plan = np.full(int(seq.max()), -1, dtype=np.int64)
    plan[seq - 1] = due
    last_known = np.maximum.accumulate(np.where(plan >= 0, np.arange(plan.size), -1))
    plan = np.where(last_known >= 0, plan[last_known], -1)
    digits = sum(len(str(number)) for number in (*seq.tolist(), *due.tolist()))
    payloads_bytes = int(message_bytes.sum()) - _ENVELOPE_BYTES * seq.size - digits
    return PlannedFeed.of_equal(plan, max(0, round(payloads_bytes / seq.size)))
