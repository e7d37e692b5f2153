"""How far a median over rounds can be trusted: a bootstrap interval. Pure, seeded.

The rounds are drawn again with replacement, and the median of each draw is taken (B. Efron,
"Bootstrap methods: another look at the jackknife", 1979). The median, as it is what is published;
its percentiles, as BCa's corrections have no answer for rounds that are all alike. With three to
five rounds the interval at 95 % is simply the smallest and the largest: few rounds, no finesse.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

MIN_ROUNDS = 3
CONFIDENCE = 0.95
RESAMPLES = 4_000
SURE = 0.99
# Standard error of a normal sample's median ÷ that of its mean: √(π ÷ 2).
MEDIAN_ERROR = math.sqrt(math.pi / 2)
NEEDS_ROUNDS = f"needs {MIN_ROUNDS} rounds"


@dataclass(frozen=True)
class Interval:
    """low and high are in it."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def interval(each: Sequence[float]) -> Interval | None:
    """Of the median of ratios or differences, at 95 %; None with fewer than 3 rounds."""
    return _bootstrap((each,), np.median)


def interval_between(
    old: Sequence[float], new: Sequence[float], by: Literal["ratio", "difference"]
) -> Interval | None:
    """Of the new median ÷ the old one, or minus it, of rounds that are not pairs.

    Each side is drawn again by itself. None where either has fewer than 3 rounds, or where a ratio
    would divide by 0.
    """
    if by == "ratio" and min(old, default=0) <= 0:
        return None
    return _bootstrap((old, new), _ratio if by == "ratio" else _difference)


def chance(samples: Sequence[Sequence[float]]) -> float:
    """How far the median of one sample, or of two from each other, lies off by chance.

    In 99 of 100 cases no further, by Student's t: where few rounds happen to lie close together,
    it knows that they are few, and a bootstrap does not. 0 where one has fewer than 3 values.
    """
    if min(map(len, samples)) < MIN_ROUNDS:
        return 0.0
    from scipy.stats import t  # here, as it takes most of a second to load

    error = math.hypot(*(statistics.stdev(each) / math.sqrt(len(each)) for each in samples))
    freedom = sum(len(each) - 1 for each in samples)
    return float(t.ppf((1 + SURE) / 2, freedom)) * MEDIAN_ERROR * error


def _bootstrap(rounds: Sequence[Sequence[float]], statistic: Any) -> Interval | None:
    if min(map(len, rounds)) < MIN_ROUNDS:
        return None
    from scipy.stats import bootstrap  # here, as it takes most of a second to load

    found = bootstrap(
        tuple(np.array(each) for each in rounds),
        statistic,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return Interval(float(found.low), float(found.high))


def _ratio(old: Any, new: Any, axis: int) -> Any:
    return np.median(new, axis=axis) / np.median(old, axis=axis)


def _difference(old: Any, new: Any, axis: int) -> Any:
    return np.median(new, axis=axis) - np.median(old, axis=axis)
