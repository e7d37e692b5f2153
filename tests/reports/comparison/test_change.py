"""What is called a change, and what is not: known answers."""

import pytest

from reports.comparison.change import Change, Floor, Rounds, change
from reports.comparison.intervals import Interval

NONE = Floor(0.0, 0.0)


def judged(
    old: tuple[float, ...],
    new: tuple[float, ...],
    floor: Floor = NONE,
    paired: bool = True,
    by_difference: bool = False,
) -> Change:
    found = change(Rounds(old, new, paired), floor, by_difference=by_difference)
    assert found
    return found


def test_the_ratio_is_the_median_over_pairs_of_rounds() -> None:
    found = judged((100, 200, 400), (200, 420, 800))
    assert (found.by, found.amount, found.rounds) == ("ratio", 2.0, 3)
    assert found.interval == Interval(2.0, 2.1)
    assert found.verdict == "more"


def test_less_is_found_as_well() -> None:
    found = judged((200, 420, 800), (100, 200, 400))
    assert found.amount == 0.5
    assert found.verdict == "less"


def test_pairs_see_through_what_each_round_drew() -> None:
    old, new = (100, 200, 400), (130, 260, 520)
    assert judged(old, new, paired=True).verdict == "more"
    assert judged(old, new, paired=False).verdict == "no difference"


def test_without_pairs_the_ratio_is_that_of_the_medians() -> None:
    found = judged((100, 101, 102, 103), (203, 204, 205), paired=False)
    assert found.amount == 204 / 101.5
    assert found.interval is not None
    assert found.interval.low == pytest.approx(203 / 103, abs=0.02)
    assert found.verdict == "more"


def test_nothing_changed_where_the_interval_holds_one() -> None:
    assert judged((100, 100, 100), (150, 99, 150)).verdict == "no difference"


def test_a_change_within_a_share_is_none() -> None:
    old, new = (10_000, 10_000, 10_000), (10_001, 10_001, 10_001)
    assert judged(old, new).verdict == "more"  # no noise at all, and an interval of one point
    assert judged(old, new, Floor(0.02, 0)).verdict == "no difference"


def test_a_change_within_an_amount_is_none_either_way() -> None:
    assert judged((10,) * 3, (29,) * 3, Floor(0, 20)).verdict == "no difference"
    assert judged((10,) * 3, (31,) * 3, Floor(0, 20)).verdict == "more"
    assert judged((29,) * 3, (10,) * 3, Floor(0, 20)).verdict == "no difference"
    assert judged((31,) * 3, (10,) * 3, Floor(0, 20)).verdict == "less"


def test_rounds_that_differ_among_themselves_raise_the_floor() -> None:
    found = judged((100, 100, 100), (110, 150, 200))
    assert found.interval is not None
    assert not found.interval.holds(1)
    assert found.floor > 1.5
    assert found.verdict == "no difference"


def test_what_a_transport_differs_by_from_itself_is_a_floor() -> None:
    assert judged((100,) * 3, (140,) * 3, Floor(0, 0, itself=1.5)).verdict == "no difference"
    assert judged((100,) * 3, (160,) * 3, Floor(0, 0, itself=1.5)).verdict == "more"


@pytest.mark.parametrize("rounds", [1, 2])
def test_too_few_rounds_tell_only_twice_or_half(rounds: int) -> None:
    old = (100,) * rounds
    assert judged(old, (190,) * rounds).verdict == "no difference"
    assert judged(old, (210,) * rounds).verdict == "more"
    assert judged(old, (49,) * rounds).verdict == "less"
    assert judged(old, (210,) * rounds).interval is None


def test_two_rounds_must_agree() -> None:
    assert judged((100, 100), (90, 900)).verdict == "no difference"


def test_a_count_that_is_mostly_zero_goes_by_difference() -> None:
    found = judged((0, 0, 0), (5, 6, 7), Floor(0.02, 1), by_difference=True)
    assert (found.by, found.amount, found.verdict) == ("difference", 6, "more")
    assert found.interval == Interval(5, 7)
    assert judged((0,) * 3, (0,) * 3, Floor(0.02, 1)).verdict == "no difference"
    assert judged((0,) * 3, (1,) * 3, Floor(0.02, 1)).verdict == "no difference"


def test_a_number_that_was_zero_has_no_ratio() -> None:
    assert judged((0, 0, 0), (50, 50, 50)).by == "difference"
    assert judged((50, 50, 50), (0, 0, 0)).verdict == "less"
    assert judged((-5, 5, 5), (50, 50, 50), paired=False).by == "difference"


def test_a_number_that_one_run_lacks_is_not_judged() -> None:
    assert change(Rounds((), (1, 2, 3), False), NONE) is None
    assert change(Rounds((), (), True), NONE) is None
