"""Practical thresholds: the smallest difference worth reporting, as the table of measures has it.

A difference must be beyond both a share of the lower number and an amount in the measure's unit.
Between two runs it must be beyond a second pair as well: runs of one scenario minutes apart are not
one run, as the machine's clock, its caches and its neighbours have moved on, and rounds that stand
close together within each of them cannot show that.
"""

from dataclasses import dataclass

from reports.comparison.difference import Threshold
from reports.summary.measures import BY_KEY, Least


@dataclass(frozen=True)
class Size:
    """Of a trial: its clients, and the arrivals in its window."""

    clients: int
    received: float


def practical(key: str) -> Threshold:
    """Of a published number within one run."""
    return _threshold(key, BY_KEY[key].within, Size(0, 0))


def between_runs(key: str, size: Size) -> Threshold:
    """Of a published number in two runs."""
    return _threshold(key, BY_KEY[key].between or BY_KEY[key].within, size)


def _threshold(key: str, least: Least, size: Size) -> Threshold:
    measure = BY_KEY[key]
    counted = measure.kind in ("bytes", "count", "rate") and not measure.metered
    return Threshold(least.share, least.amount_of(size.clients, size.received), counted)
