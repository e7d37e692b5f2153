"""The one rule for "is that a difference?": within a run, between runs, in goals and headline.

docs/reference/method/comparisons.md says it at length, docs/adr/0014 why it is this one.
"""

import math
import statistics
from dataclasses import dataclass
from typing import Literal

from reports.comparison.intervals import Interval, chance, interval, interval_between
from reports.summary.formulas import Number
from reports.summary.measures import BY_KEY
from reports.summary.summary import Summary

Verdict = Literal["less", "more", "no difference", "cannot tell"]
By = Literal["ratio", "difference"]

# In so many cases chance alone does not make a difference. Two runs are compared in some
# hundred numbers at once, of which one in twenty would be too many.
SURE = 0.95
SURE_OF_MANY = 0.99

# So much in every single round is a difference however few or scattered the rounds are: twice, or
# half; as a difference, ten times the threshold's amount. Below three rounds nothing less is one.
COARSE_RATIO = 2.0
COARSE_TIMES = 10.0


@dataclass(frozen=True)
class Threshold:
    """The smallest difference worth reporting: beyond a share of the lower number and an amount.

    amount   in the measure's unit.
    counted  bytes, requests: exact, so that chance is in the feed that a round drew and not in the
             count. Else it is timed or metered.
    """

    share: float
    amount: float
    counted: bool = False

    def least(self, by: By, lower: float) -> float:
        """As a ratio above 1, or as a difference."""
        if by == "ratio":
            return 1 + max(self.share, self.amount / lower)
        return max(self.share * lower, self.amount)


def practical(key: str, between: tuple[int, float] | None = None) -> Threshold:
    """The practical threshold of a number, as the table of measures has it.

    between  of two runs: their clients, and the arrivals in a trial's window. Runs minutes apart
             differ by more than rounds of one that stand close together can show, as the machine's
             clock, its caches and its neighbours have moved on.
    """
    measure = BY_KEY[key]
    least = measure.between if between and measure.between else measure.within
    counted = measure.kind in ("bytes", "count", "rate") and not measure.metered
    return Threshold(least.share, least.amount_of(*between or (1, 0.0)), counted)


@dataclass(frozen=True)
class Rounds:
    """One number, round by round. Where paired, both sides have the same rounds in order."""

    ours: tuple[Number, ...]
    theirs: tuple[Number, ...]
    paired: bool = True

    @property
    def fewest(self) -> int:
        """What the interval rests on."""
        return min(len(self.ours), len(self.theirs))

    @property
    def has_ratio(self) -> bool:
        """A ratio says something: nothing in it is 0, or below."""
        return all(value > 0 for value in (*self.ours, *self.theirs))

    def each(self, by: By) -> list[float]:
        """Of each pair of rounds; where they are no pairs, of each of ours to each of theirs."""
        pairs = (
            zip(self.ours, self.theirs, strict=True)
            if self.paired
            else ((ours, theirs) for theirs in self.theirs for ours in self.ours)
        )
        return [a / b if by == "ratio" else a - b for a, b in pairs]


@dataclass(frozen=True)
class Difference:
    """amount    ours ÷ theirs, or ours - theirs: the median over pairs of rounds, or of medians.
    interval  of that, at 95 %; None with fewer than 3 rounds.
    threshold what the amount must be beyond, as a ratio above 1 either way, or as a difference.
    verdict   "cannot tell" where it is neither shown to be a difference nor to be none.
    rounds    how many it rests on.
    """

    by: By
    amount: float
    interval: Interval | None
    threshold: float
    verdict: Verdict
    rounds: int

    @property
    def found(self) -> bool:
        return self.verdict in ("less", "more")


def rounds_of(ours: Summary, theirs: Summary, key: str, *, paired: bool = True) -> Rounds:
    """The rounds that have this number: where paired those of both, else of each by itself.

    Trials of one round ran close together, so what the machine did meanwhile touches both.
    """
    mine, other = (
        {
            number: value
            for number in sorted(summary.by_round)
            if (value := summary.by_round[number].get(key)) is not None and math.isfinite(value)
        }
        for summary in (ours, theirs)
    )
    if not paired:
        return Rounds(tuple(mine.values()), tuple(other.values()), False)
    common = [number for number in mine if number in other]
    return Rounds(tuple(mine[n] for n in common), tuple(other[n] for n in common))


def difference(
    rounds: Rounds,
    threshold: Threshold,
    *,
    itself: Interval | None = None,
    sure: float = SURE,
    by_difference: bool = False,
) -> Difference | None:
    """Whether ours differs from theirs; None where either has no number.

    It does where the 95 % interval leaves "the same" out and the amount is beyond the threshold,
    beyond what so few rounds may be off by through chance, and beyond what a transport differs by
    from itself. It does not where the whole interval is within the threshold; with fewer than 3
    rounds, where all are exactly the same, or counts within it. Else the rounds cannot tell.

    itself  the interval of a transport's ratio to itself, where it was measured.
    sure    share of cases in which chance does not call the same a difference.
    """
    if not rounds.fewest:
        return None
    by: By = "difference" if by_difference or not rounds.has_ratio else "ratio"
    same = 1.0 if by == "ratio" else 0.0
    each = rounds.each(by)
    ours, theirs = statistics.median(rounds.ours), statistics.median(rounds.theirs)
    if rounds.paired:
        amount, span = statistics.median(each), interval(each)
    else:
        amount = ours / theirs if by == "ratio" else ours - theirs
        span = interval_between(rounds.theirs, rounds.ours, by)
    around = span or Interval(min(each), max(each))
    worth = threshold.least(by, min(abs(ours), abs(theirs)))
    coarse = COARSE_RATIO if by == "ratio" else COARSE_TIMES * threshold.amount
    noise = _noise(rounds, by, sure) if span else coarse
    # What is coarse in every round needs no more than that: polls take 4 to 20 times the bytes of a
    # push, round by round, as each round draws another feed, and that spread is no doubt.
    exact = threshold.counted and rounds.paired
    enough = worth if exact and span else coarse
    if min(_size(by, one) for one in each) > enough:
        noise = min(noise, enough)
    least = max(worth, noise, itself.widest_ratio if itself and by == "ratio" else 0.0)
    verdict: Verdict = "cannot tell"
    if _size(by, amount) > least and not around.holds(same):
        verdict = "more" if amount > same else "less"
    elif max(_size(by, around.low), _size(by, around.high)) <= (worth if span or exact else same):
        verdict = "no difference"
    return Difference(by, amount, span, least, verdict, rounds.fewest)


def _size(by: By, amount: float) -> float:
    """How far from the same, whichever side is the larger."""
    return max(amount, 1 / amount) if by == "ratio" else abs(amount)


def _noise(rounds: Rounds, by: By, sure: float) -> float:
    """What so few rounds may be off by through chance, as a ratio above 1 or as a difference."""
    samples = [rounds.each(by)] if rounds.paired else [rounds.ours, rounds.theirs]
    if by == "ratio":
        return math.exp(chance([[math.log(value) for value in each] for each in samples], sure))
    # What never happens on one side and in each round of the other is no chance.
    return chance(samples, sure) if any(rounds.ours) and any(rounds.theirs) else 0.0
