"""95 % intervals of medians over rounds, by bootstrap, and how far chance alone moves a median.

The rounds are drawn again with replacement, and the median of each draw is taken (B. Efron,
"Bootstrap methods: another look at the jackknife", 1979). The median, as it is what is published;
percentiles of the draws, as BCa's corrections have no answer for rounds that are all alike. With
three to five rounds the interval of one sample is its smallest and its largest value.

numpy alone: scipy.stats, whose results these are (tests hold them together), takes most of a
second to load, as long as everything else that a report needs.
"""

import functools
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

MIN_ROUNDS = 3
CONFIDENCE = 0.95
RESAMPLES = 4_000
# Standard error of a normal sample's median ÷ that of its mean: √(π ÷ 2).
MEDIAN_ERROR = math.sqrt(math.pi / 2)
NEEDS_ROUNDS = f"needs {MIN_ROUNDS} rounds"


@dataclass(frozen=True)
class Interval:
    """From low to high, both included."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    @property
    def widest_ratio(self) -> float:
        """Of ratios: the end further from 1, as a ratio above 1."""
        return max(self.high, 1 / self.low if self.low else math.inf)


def interval(each: Sequence[float]) -> Interval | None:
    """Of the median of ratios or differences, at 95 %; None with fewer than 3 rounds."""
    return _bootstrap((each,), lambda median: median)


def interval_between(
    old: Sequence[float], new: Sequence[float], by: Literal["ratio", "difference"]
) -> Interval | None:
    """Of the new median ÷ the old one, or minus it, of rounds that are not pairs.

    Each side is drawn again by itself. None where either has fewer than 3 rounds, or where a ratio
    would divide by 0.
    """
    if by == "ratio" and min(old, default=0) <= 0:
        return None
    return _bootstrap((old, new), lambda a, b: b / a if by == "ratio" else b - a)


def chance(samples: Sequence[Sequence[float]], sure: float = 0.99) -> float:
    """How far the median of one sample, or of two from each other, lies off by chance.

    In that share of cases no further, by Student's t: where few rounds happen to lie close
    together, it knows that they are few, and a bootstrap does not. 0 where one has fewer than 3
    values.
    """
    if min(map(len, samples)) < MIN_ROUNDS:
        return 0.0
    error = math.hypot(*(statistics.stdev(each) / math.sqrt(len(each)) for each in samples))
    return students_t(sum(len(each) - 1 for each in samples), sure) * MEDIAN_ERROR * error


@functools.cache
def students_t(freedom: int, sure: float) -> float:
    """The t within which that share of Student's distribution lies, both sides taken together."""
    low, high = 0.0, math.pi / 2
    for _ in range(60):  # halves the angle's error each time, down to a float's last digit
        middle = (low + high) / 2
        low, high = (middle, high) if _share_within(middle, freedom) < sure else (low, middle)
    return math.sqrt(freedom) * math.tan(low)


def _share_within(angle: float, freedom: int) -> float:
    """Share of Student's t within ±√freedom · tan(angle): Abramowitz and Stegun, 26.7.3 and 26.7.4.

    For whole degrees of freedom the series is finite, so that this is exact.
    """
    odd = freedom % 2
    total, term = 0.0, math.cos(angle) ** odd
    for n in range(1 + odd, freedom, 2):
        total += term
        term *= math.cos(angle) ** 2 * n / (n + 1)
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if odd else total


def _bootstrap(rounds: Sequence[Sequence[float]], of: Callable[..., Any]) -> Interval | None:
    """The percentiles of a statistic of the medians, one median for each sample of rounds."""
    if min(map(len, rounds)) < MIN_ROUNDS:
        return None
    rng = np.random.default_rng(0)  # the same rounds give the same interval
    medians = (
        np.median(np.array(each)[rng.integers(0, len(each), (RESAMPLES, len(each)))], axis=-1)
        for each in rounds
    )
    outside = (1 - CONFIDENCE) / 2
    low, high = np.quantile(of(*medians), (outside, 1 - outside))
    return Interval(float(low), float(high))
