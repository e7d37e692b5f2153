"""What is a difference, what is none, and what the rounds cannot tell: known answers."""

import math

import pytest

from reports.comparison.difference import (
    SURE_OF_MANY,
    Difference,
    Rounds,
    Threshold,
    difference,
    rounds_of,
)
from reports.comparison.intervals import Interval
from reports.summary.summary import Summary

NONE = Threshold(0.0, 0.0)
PERCENT = Threshold(0.05, 0.0)


def judged(
    ours: tuple[float, ...],
    theirs: tuple[float, ...],
    threshold: Threshold = NONE,
    paired: bool = True,
    by_difference: bool = False,
    itself: Interval | None = None,
    sure: float = SURE_OF_MANY,
) -> Difference:
    rounds = Rounds(ours, theirs, paired)
    found = difference(rounds, threshold, itself=itself, sure=sure, by_difference=by_difference)
    assert found
    return found


def test_the_ratio_is_the_median_over_pairs_of_rounds() -> None:
    found = judged((200, 420, 800), (100, 200, 400))
    assert (found.by, found.amount, found.rounds) == ("ratio", 2.0, 3)
    assert found.interval == Interval(2.0, 2.1)
    assert found.verdict == "more"


def test_less_is_found_as_well() -> None:
    found = judged((100, 200, 400), (200, 420, 800))
    assert found.amount == 0.5
    assert found.verdict == "less"


def test_pairs_see_through_what_each_round_drew() -> None:
    ours, theirs = (130, 260, 520), (100, 200, 400)
    assert judged(ours, theirs, paired=True).verdict == "more"
    assert judged(ours, theirs, paired=False).verdict == "cannot tell"


def test_without_pairs_the_ratio_is_that_of_the_medians() -> None:
    found = judged((203, 204, 205), (100, 101, 102, 103), paired=False)
    assert found.amount == 204 / 101.5
    assert found.interval is not None
    assert found.interval.low == pytest.approx(203 / 103, abs=0.02)
    assert found.verdict == "more"


def test_an_interval_that_holds_one_is_no_difference_only_where_it_is_within_the_threshold() -> (
    None
):
    assert judged((102, 99, 101), (100, 100, 100), PERCENT).verdict == "no difference"
    assert judged((102, 94, 101), (100, 100, 100), PERCENT).verdict == "cannot tell"
    assert judged((150, 99, 150), (100, 100, 100), PERCENT).verdict == "cannot tell"


def test_within_a_share_there_is_no_difference_however_sure_it_is() -> None:
    ours, theirs = (10_001, 10_001, 10_001), (10_000, 10_000, 10_000)
    assert judged(ours, theirs).verdict == "more"  # no noise at all, and an interval of one point
    assert judged(ours, theirs, Threshold(0.02, 0)).verdict == "no difference"


def test_within_an_amount_there_is_no_difference_either_way() -> None:
    twenty = Threshold(0, 20)
    assert judged((29,) * 3, (10,) * 3, twenty).verdict == "no difference"
    assert judged((31,) * 3, (10,) * 3, twenty).verdict == "more"
    assert judged((10,) * 3, (29,) * 3, twenty).verdict == "no difference"
    assert judged((10,) * 3, (31,) * 3, twenty).verdict == "less"


def test_rounds_that_differ_among_themselves_raise_the_threshold() -> None:
    found = judged((110, 150, 200), (100, 100, 100))
    assert found.interval is not None
    assert not found.interval.holds(1)
    assert found.threshold > 1.5
    assert found.verdict == "cannot tell"


def test_a_large_difference_that_is_well_measured_is_one() -> None:
    assert judged((135, 140, 145), (100, 100, 100), Threshold(0.1, 0)).verdict == "more"


def test_what_a_transport_differs_by_from_itself_is_a_threshold() -> None:
    own = Interval(0.7, 1.5)
    assert judged((140,) * 3, (100,) * 3, itself=own).verdict == "cannot tell"
    assert judged((160,) * 3, (100,) * 3, itself=own).verdict == "more"
    assert judged((102,) * 3, (100,) * 3, PERCENT, itself=own).verdict == "no difference"


def test_twice_as_much_in_every_round_is_a_difference_however_scattered() -> None:
    ones = (1, 1, 1)
    assert judged((4, 10, 20), ones).verdict == "more"
    assert judged((0.05, 0.2, 0.4), ones).verdict == "less"
    assert judged((1.9, 10, 20), ones).verdict == "cannot tell"


def test_a_count_needs_no_more_than_its_threshold_in_every_round_of_the_same_feed() -> None:
    ours, theirs = (1.11, 1.14, 1.44), (1, 1, 1)
    counted = Threshold(0.02, 0, counted=True)
    assert judged(ours, theirs, Threshold(0.02, 0)).verdict == "cannot tell"
    assert judged(ours, theirs, counted).verdict == "more"
    assert judged(ours, theirs, counted, paired=False).verdict == "cannot tell"
    assert judged((1.01, 1.14, 1.44), theirs, counted).verdict == "cannot tell"
    assert judged((1.11, 1.14), (1, 1), counted).verdict == "cannot tell"


def test_a_hundred_numbers_at_once_ask_for_more_than_one() -> None:
    ours, theirs = (1.2, 1.25, 1.33), (1, 1, 1)
    assert judged(ours, theirs, sure=0.95).verdict == "more"
    assert judged(ours, theirs, sure=0.99).verdict == "cannot tell"


@pytest.mark.parametrize("rounds", [1, 2])
def test_too_few_rounds_tell_only_twice_or_half(rounds: int) -> None:
    theirs = (100,) * rounds
    assert judged((190,) * rounds, theirs).verdict == "cannot tell"
    assert judged((101,) * rounds, theirs, PERCENT).verdict == "cannot tell"
    assert judged((210,) * rounds, theirs).verdict == "more"
    assert judged((49,) * rounds, theirs).verdict == "less"
    assert judged((210,) * rounds, theirs).interval is None


def test_what_is_exactly_the_same_is_no_difference_in_any_number_of_rounds() -> None:
    assert judged((100, 7), (100, 7)).verdict == "no difference"
    assert judged((0,), (0,), by_difference=True).verdict == "no difference"


def test_two_rounds_of_the_same_feed_tell_that_a_count_is_level() -> None:
    counted = Threshold(0.02, 0, counted=True)
    assert judged((100, 101), (100, 100), counted).verdict == "no difference"
    assert judged((100, 103), (100, 100), counted).verdict == "cannot tell"
    assert judged((100, 101), (100, 100), counted, paired=False).verdict == "cannot tell"
    assert judged((100, 101), (100, 100), Threshold(0.02, 0)).verdict == "cannot tell"


def test_two_rounds_must_agree() -> None:
    assert judged((90, 900), (100, 100)).verdict == "cannot tell"


def test_a_count_that_is_mostly_zero_goes_by_difference() -> None:
    one = Threshold(0.02, 1)
    found = judged((5, 6, 7), (0, 0, 0), one, by_difference=True)
    assert (found.by, found.amount, found.verdict) == ("difference", 6, "more")
    assert found.interval == Interval(5, 7)
    assert judged((0,) * 3, (0,) * 3, one).verdict == "no difference"
    assert judged((1,) * 3, (0,) * 3, one).verdict == "no difference"
    assert judged((0, 0, 9), (0, 0, 0), one).verdict == "cannot tell"


def test_a_number_that_was_zero_has_no_ratio() -> None:
    assert judged((50, 50, 50), (0, 0, 0)).by == "difference"
    assert judged((0, 0, 0), (50, 50, 50)).verdict == "less"
    assert judged((50, 50, 50), (-5, 5, 5), paired=False).by == "difference"


def test_a_number_that_one_side_lacks_is_not_judged() -> None:
    assert difference(Rounds((1, 2, 3), (), False), NONE) is None
    assert difference(Rounds((), ()), NONE) is None


def summary(*values: float | None) -> Summary:
    return Summary("sse", {n: {"x": v} for n, v in enumerate(values, start=1)}, {}, True)


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_a_round_without_the_number_leaves_the_pair_out(missing: float | None) -> None:
    found = rounds_of(summary(1, missing, 3, 4), summary(10, 20, 30), "x")
    assert found == Rounds((1, 3), (10, 30))
    found = rounds_of(summary(1, missing, 3, 4), summary(10, 20, 30), "x", paired=False)
    assert found == Rounds((1, 3, 4), (10, 20, 30), False)


def test_pairs_are_the_trials_of_one_round() -> None:
    ours = Summary("short-poll", {1: {"x": 4}, 2: {"x": 9}, 3: {"x": 8}}, {}, True)
    theirs = Summary("websocket", {2: {"x": 3}, 3: {"x": 0}, 1: {"x": 2}}, {}, True)
    assert rounds_of(ours, theirs, "x") == Rounds((4, 9, 8), (2, 3, 0))
    assert rounds_of(ours, theirs, "y").fewest == 0


STEADY = (100.0, 101.0, 99.0, 100.0, 100.0)


@pytest.mark.parametrize(
    ("latencies", "verdict"),
    [
        (STEADY, "no difference"),
        ((200.0, *STEADY[1:]), "cannot tell"),  # one trial lagged
        (tuple(2 * each for each in STEADY), "more"),  # all of them did
        ((math.nan, *STEADY[1:]), "no difference"),
        (STEADY[:3], "no difference"),  # two rounds are missing
        (STEADY[:2], "cannot tell"),
    ],
)
def test_the_verdict_follows_what_is_done_to_the_rounds(
    latencies: tuple[float, ...], verdict: str
) -> None:
    found = difference(rounds_of(summary(*latencies), summary(*[100.0] * 5), "x"), PERCENT)
    assert found
    assert found.verdict == verdict
