"""Which parts make up an amount: several models of it, fitted to what was measured. Pure.

An amount is taken to be a sum of parts, none below 0, with the least relative error over all
measurements (non-negative least squares: C. Lawson, R. Hanson, "Solving Least Squares Problems",
1974). Where the measurements cannot tell two models apart, both count, and an estimate spans them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DRAWS = 400  # of the measurements, with replacement, among those of one group; over all models
# A model is about as good as the best one within this relative error, in the mean square.
NO_WORSE = 0.02
SAME = 6  # decimals of an error
CONFIDENCE = (2.5, 97.5)  # percentiles of the draws


@dataclass(frozen=True)
class Estimate:
    """low and high: an interval at 95 %, over the measurements and what they cannot tell apart."""

    low: float
    mid: float
    high: float

    def times(self, factor: float) -> "Estimate":
        return Estimate(self.low * factor, self.mid * factor, self.high * factor)


@dataclass(frozen=True, eq=False)
class Model:
    """which: of the candidates. parts: an amount for each of its columns."""

    which: int
    parts: Floats


def models(candidates: Sequence[Floats], spent: Floats, groups: Ints) -> list[Model]:
    """Those that fit about as well as the best, which comes first; then as many as were drawn.

    candidates: matrices, a row for each measurement and a column for each part; a column of zeros
    is left out. Of two that fit alike the first is the better. spent: the amounts, above 0.
    groups: a number for each measurement; they are drawn within one.
    """
    fits = [_fit(columns, spent) for columns in candidates]
    best = min(error for _, error in fits)
    order = sorted(range(len(fits)), key=lambda which: round(fits[which][1], SAME))
    kept = [which for which in order if fits[which][1] <= best + NO_WORSE]
    random = np.random.default_rng(0)
    draws = [_draw(random, groups) for _ in range(max(1, DRAWS // len(kept)))]
    return [Model(which, fits[which][0]) for which in kept] + [
        Model(which, _fit(candidates[which][rows], spent[rows])[0])
        for which in kept
        for rows in draws
    ]


def estimate(values: Floats) -> Estimate:
    """values: what each of the models says, the best one's first."""
    low, high = np.percentile(values, CONFIDENCE)
    mid = float(values[0])
    return Estimate(min(float(low), mid), mid, max(float(high), mid))


def _draw(random: np.random.Generator, groups: Ints) -> Ints:
    """As many measurements of each group as it has, with replacement."""
    rows = (np.flatnonzero(groups == group) for group in np.unique(groups))
    return np.concatenate([random.choice(row, row.size) for row in rows])


def _fit(columns: Floats, spent: Floats) -> tuple[Floats, float]:
    """The amounts of the parts, and the relative error, in the mean square."""
    from scipy.optimize import nnls  # here, as it takes most of a second to load

    parts, error = nnls(columns / spent[:, None], np.ones(spent.size))
    return parts, float(error) / np.sqrt(spent.size)
