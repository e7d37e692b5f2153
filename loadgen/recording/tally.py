"""A Tally: the counts and samples of one or more workers, which can be merged.

Counts are added, samples joined; a percentile is made once, from all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from loadgen.recording.distribution import distribution
from loadgen.recording.recorder import Ints
from loadgen.runfile.figures import Deliveries, Record, Requests

STEPS = ("expected", "delivered", "received", "message_bytes", "useful", "empty")


@dataclass(frozen=True, kw_only=True, eq=False)
class Tally:
    """The mergeable result of a trial; Deliveries and Requests say what each count means.

    foreign                 arrivals whose seq or due is not in the plan. They count as received,
                            and for nothing else: a trial with any is void.
    window_…, whole_…       of the arrivals within the window, and of all.
    …_up_bytes              of the texts that were sent to an echo, likewise; 0 for a feed.
    latency_ns              received - due, one sample a delivered event.
    delay_ns                sent - planned, one sample a request that was sent.
    due_ns                  since the window's start, of each sample of latency_ns.
    steps                   the counts of figures.Series, one for each step of the window.
    """

    expected: int
    delivered: int
    duplicates: int
    out_of_order: int
    late: int
    gaps: int
    received: int
    foreign: int
    window_payload_bytes: int
    window_message_bytes: int
    whole_payload_bytes: int
    whole_message_bytes: int
    window_up_bytes: int
    whole_up_bytes: int
    useful: int
    empty: int
    failed: int
    missed_slots: int
    latency_ns: Ints
    due_ns: Ints
    delay_ns: Ints
    steps: Mapping[str, Ints]

    def deliveries(self) -> Deliveries:
        """As the run file has them."""
        counts = self._counts(Deliveries, "lost")
        return Deliveries(lost=self.expected - self.delivered, **counts)

    def requests(self) -> Requests:
        """As the run file has them."""
        return Requests(delay=distribution(self.delay_ns), **self._counts(Requests, "delay"))

    def _counts(self, record: type[Record], but: str) -> dict[str, int]:
        """By the record's own names, without the one that is made of others."""
        return {name: getattr(self, name) for name in record.__struct_fields__ if name != but}


def merge(tallies: Sequence[Tally]) -> Tally:
    """One Tally of all clients of all of them."""
    merged: dict[str, Any] = {}
    for field in fields(Tally):
        values = [getattr(tally, field.name) for tally in tallies]
        if field.name.endswith("_ns"):
            merged[field.name] = np.concatenate([np.empty(0, dtype=np.int64), *values])
        elif field.name == "steps":
            merged[field.name] = {name: sum(each[name] for each in values) for name in STEPS}
        else:
            merged[field.name] = sum(values)
    return Tally(**merged)
