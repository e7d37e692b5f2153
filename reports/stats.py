"""How far a ratio's median over rounds can be trusted: a bootstrap interval. Pure, seeded.

The rounds are drawn again with replacement, and the median of each draw is taken (B. Efron,
"Bootstrap methods: another look at the jackknife", 1979). The median, as it is what is published;
its percentiles, as BCa's corrections have no answer for rounds that are all alike. With three to
five rounds the interval at 95 % is simply the smallest and the largest: few rounds, no finesse.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MIN_ROUNDS = 3
CONFIDENCE = 0.95
RESAMPLES = 4_000
NEEDS_ROUNDS = f"needs {MIN_ROUNDS} rounds"


@dataclass(frozen=True)
class Interval:
    """low and high are in it."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def interval(ratios: Sequence[float]) -> Interval | None:
    """Of the median, at 95 % confidence; None with fewer than 3 rounds."""
    if len(ratios) < MIN_ROUNDS:
        return None
    from scipy.stats import bootstrap  # here, as it takes most of a second to load

    found = bootstrap(
        (np.array(ratios),),
        np.median,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return Interval(float(found.low), float(found.high))
