"""One number of one transport in two runs: what became of it, and whether that is a change. Pure.

It is one only where its interval does not hold "as before" and it is beyond its floor: the largest
of what matters in practice (practical_thresholds.py), what so few rounds may be off by through
chance, and what a transport differs by from itself.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reports.comparison.intervals import MIN_ROUNDS, Interval, chance, interval, interval_between
from reports.summary.formulas import Number

Verdict = Literal["more", "less", "no difference"]
By = Literal["ratio", "difference"]

# With fewer than three rounds there is no interval, and only this much is called a change: twice,
# or half; as a difference, ten times what matters in practice.
COARSE_RATIO = 2.0
COARSE_TIMES = 10.0


@dataclass(frozen=True)
class Rounds:
    """One number, round by round. Where paired, the two have the same rounds in the same order."""

    old: tuple[Number, ...]
    new: tuple[Number, ...]
    paired: bool

    @property
    def fewest(self) -> int:
        """What the interval rests on."""
        return min(len(self.old), len(self.new))

    @property
    def has_ratio(self) -> bool:
        """A ratio says something: nothing in it is 0, or below."""
        return all(value > 0 for value in (*self.old, *self.new))


@dataclass(frozen=True)
class Floor:
    """Changes that are none.

    share, amount  what matters in practice: a change must be beyond both.
    itself  ratio of a transport to itself, the widest there is, as a number above 1; 1 without.
    """

    share: float
    amount: float
    itself: float = 1.0


@dataclass(frozen=True)
class Change:
    """amount    new ÷ old, or new - old: the median over pairs of rounds, or of the medians.
    interval  of that, at 95 %; None with fewer than 3 rounds.
    floor     what the amount must be beyond, as a ratio above 1 either way, or as a difference.
    """

    by: By
    amount: float
    interval: Interval | None
    floor: float
    verdict: Verdict
    rounds: int
    paired: bool


def change(rounds: Rounds, floor: Floor, *, by_difference: bool = False) -> Change | None:
    """What became of the number; None where either run has none."""
    if not rounds.fewest:
        return None
    if by_difference or not rounds.has_ratio:
        return _judged(rounds, "difference", _least_difference(rounds, floor))
    return _judged(rounds, "ratio", _least_ratio(rounds, floor))


def _judged(rounds: Rounds, by: By, least: float) -> Change:
    amount, found = _estimate(rounds, by)
    size = (max(amount, 1 / amount) if by == "ratio" else abs(amount)) if amount else 0.0
    before = 1.0 if by == "ratio" else 0.0
    changed = size > least and _clear(rounds, by, found, before)
    direction: Verdict = "more" if amount > before else "less"
    verdict: Verdict = direction if changed else "no difference"
    return Change(by, amount, found, least, verdict, rounds.fewest, rounds.paired)


def _clear(rounds: Rounds, by: By, found: Interval | None, before: float) -> bool:
    """The interval leaves "as before" out; without one, all rounds lie on the same side."""
    if found is not None:
        return not found.holds(before)
    each = _each(rounds, by) if rounds.paired else _across(rounds, by)
    return all(value > before for value in each) or all(value < before for value in each)


def _estimate(rounds: Rounds, by: By) -> tuple[float, Interval | None]:
    if rounds.paired:
        each = _each(rounds, by)
        return statistics.median(each), interval(each)
    old, new = statistics.median(rounds.old), statistics.median(rounds.new)
    amount = new / old if by == "ratio" else new - old
    return amount, interval_between(rounds.old, rounds.new, by)


def _each(rounds: Rounds, by: By) -> list[float]:
    """Of each pair of rounds."""
    pairs = zip(rounds.old, rounds.new, strict=True)
    return [new / old if by == "ratio" else new - old for old, new in pairs]


def _across(rounds: Rounds, by: By) -> list[float]:
    """Of each new round to each old one."""
    return [n / o if by == "ratio" else n - o for o in rounds.old for n in rounds.new]


def _least_ratio(rounds: Rounds, floor: Floor) -> float:
    lower = min(statistics.median(rounds.old), statistics.median(rounds.new))
    noise = math.exp(chance(_logs(rounds)))
    coarse = COARSE_RATIO if rounds.fewest < MIN_ROUNDS else 1.0
    return max(1 + floor.share, 1 + floor.amount / lower, floor.itself, noise, coarse)


def _least_difference(rounds: Rounds, floor: Floor) -> float:
    """What never happened in one run and does in each round of the other is no chance."""
    lower = min(abs(statistics.median(side)) for side in (rounds.old, rounds.new))
    coarse = COARSE_TIMES if rounds.fewest < MIN_ROUNDS else 1.0
    noise = chance(_values(rounds)) if any(rounds.old) and any(rounds.new) else 0.0
    return max(coarse * floor.amount, floor.share * lower, noise)


def _logs(rounds: Rounds) -> list[Sequence[float]]:
    if rounds.paired:
        return [[math.log(ratio) for ratio in _each(rounds, "ratio")]]
    return [[math.log(value) for value in side] for side in (rounds.old, rounds.new)]


def _values(rounds: Rounds) -> list[Sequence[float]]:
    return [_each(rounds, "difference")] if rounds.paired else [rounds.old, rounds.new]
