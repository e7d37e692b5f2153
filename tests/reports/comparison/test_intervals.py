"""Intervals over rounds, and the noise floor from a transport against itself."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from reports.comparison import noise_floor
from reports.comparison.intervals import (
    Interval,
    chance,
    interval,
    interval_between,
    students_t,
)
from reports.comparison.ratio_table import differences
from reports.summary.summary import Summary


def summary(transport: str, *latencies: float) -> Summary:
    rounds = {
        number: {"received": 100, "latency_p50_ns": value, "ip_bytes_per_delivery": 10 * value}
        for number, value in enumerate(latencies, start=1)
    }
    return Summary(transport, rounds, {}, True)


PUSH = summary("websocket", 100, 100, 100)
AGAIN = summary("websocket#2", 98, 103, 100)


def test_fewer_than_three_rounds_have_no_interval() -> None:
    assert interval([]) is None
    assert interval([1.0, 2.0]) is None


@pytest.mark.parametrize(
    "ratios", [(1.0, 2.0, 4.0), (4.0, 1.5, 2.0, 1.0), (3.0, 1.0, 4.0, 2.0, 5.0)]
)
def test_few_rounds_give_the_smallest_and_the_largest(ratios: tuple[float, ...]) -> None:
    assert interval(ratios) == Interval(min(ratios), max(ratios))


def test_many_rounds_give_less_than_their_range() -> None:
    found = interval([1.0 + n / 100 for n in range(41)])
    assert found
    assert 1.1 < found.low < 1.2 < found.high < 1.3


def test_the_same_rounds_give_the_same_interval() -> None:
    ratios = [1.0, 1.2, 0.9, 1.4, 1.1, 1.3, 0.8, 1.05]
    assert interval(ratios) == interval(ratios)


def test_rounds_that_are_all_alike_give_a_point() -> None:
    assert interval([2.0] * 4) == Interval(2.0, 2.0)
    assert Interval(1.0, 2.0).holds(1.0)
    assert not Interval(1.0, 2.0).holds(0.99)


def test_without_a_second_self_five_per_cent_is_the_floor() -> None:
    assert noise_floor.floor([PUSH], "latency_p50_ns") is noise_floor.RULE
    assert noise_floor.RULE.holds(0.95)
    assert not noise_floor.RULE.holds(1.06)
    assert "a ratio within 5\N{NO-BREAK SPACE}% of 1 is not" in noise_floor.told([PUSH])


def test_a_second_self_gives_the_floor_in_both_directions() -> None:
    found = noise_floor.floor([PUSH, AGAIN], "latency_p50_ns")
    assert found.itself == Interval(0.98, 1.03)
    assert (found.low, found.high) == pytest.approx((1 / 1.03, 1.03))
    assert noise_floor.told([PUSH, AGAIN]) == (
        "The same transport against itself (WebSocket): ratio 0.98 to 1.03 for latency, 0.98 to "
        "1.03 for bytes. Nothing smaller is called a difference."
    )


def test_two_rounds_of_a_second_self_are_too_few() -> None:
    pair = summary("websocket", 100, 100), summary("websocket#2", 98, 103)
    assert noise_floor.floor(pair, "latency_p50_ns") is noise_floor.RULE
    assert noise_floor.told(pair).endswith("the comparison needs 3 rounds.")


def test_a_second_self_without_a_first_says_nothing() -> None:
    assert noise_floor.floor([AGAIN], "latency_p50_ns") is noise_floor.RULE


def test_the_differences_stand_with_their_intervals() -> None:
    found = differences([summary("short-poll", 500, 400, 450), PUSH, AGAIN])
    assert found.table
    assert found.table.head == ("", "latency", "bytes", "server CPU", "server memory")
    poll, again = found.table.rows
    assert [(cell.text, cell.spread) for cell in poll[:2]] == [
        ("Short polling", ""),
        ("4.5×", "4.00 to 5.00"),
    ]
    assert (again[0].text, again[1].text) == ("WebSocket (again)", "level")
    assert poll[3].text == "–"


def test_too_few_rounds_are_named_in_the_table() -> None:
    found = differences([summary("short-poll", 500), summary("websocket", 100)]).table
    assert found
    assert (found.rows[0][1].text, found.rows[0][1].spread) == ("5.0×", "needs 3 rounds")


def test_nothing_to_compare_has_no_table() -> None:
    assert differences([PUSH]).table is None
    assert differences([summary("short-poll", 1, 2, 3)]).table is None


def test_between_two_sides_each_is_drawn_by_itself() -> None:
    assert interval_between((2, 2, 2), (3, 3, 3, 3), "ratio") == Interval(1.5, 1.5)
    assert interval_between((2, 2, 2), (3, 3, 3, 3), "difference") == Interval(1, 1)
    found = interval_between((1, 2, 4), (8, 8, 8), "ratio")
    assert found == Interval(2, 8)
    assert interval_between((1, 2), (8, 8, 8), "ratio") is None
    assert interval_between((0, 1, 1), (8, 8, 8), "ratio") is None


def test_chance_is_students_t_for_a_median() -> None:
    # s = 1, n = 3: t of 2 degrees at 99 % is 9.925; √(π ÷ 2) ÷ √3 is 0.7236.
    assert chance([[1.0, 2.0, 3.0]]) == pytest.approx(9.925 * 0.7236, rel=1e-3)
    # Two of them: 4 degrees, 4.604, and √2 of the error.
    assert chance([[1.0, 2.0, 3.0]] * 2) == pytest.approx(4.604 * 0.7236 * 2**0.5, rel=1e-3)
    assert chance([[5.0, 5.0, 5.0]]) == 0
    assert chance([[1.0, 9.0]]) == 0


def edges(found: Interval | None) -> list[float]:
    assert found
    return [found.low, found.high]


def of_scipy(rounds: Sequence[Sequence[float]], statistic: Any) -> Any:
    """The same to the last digit but one: where two draws are alike, its own interpolation errs."""
    from scipy.stats import bootstrap

    rng = np.random.default_rng(0)
    found = bootstrap(rounds, statistic, n_resamples=4_000, method="percentile", rng=rng)
    return pytest.approx(list(found.confidence_interval), rel=1e-14)


@pytest.mark.parametrize("seed", range(12))
def test_intervals_are_those_of_scipys_bootstrap(seed: int) -> None:
    draw = np.random.default_rng(seed)
    old, new = (draw.lognormal(3, 0.4, draw.integers(3, 9)).tolist() for _ in range(2))

    def ratio(old: Any, new: Any, axis: int) -> Any:
        return np.median(new, axis=axis) / np.median(old, axis=axis)

    assert edges(interval(new)) == of_scipy((new,), np.median)
    assert edges(interval_between(old, new, "ratio")) == of_scipy((old, new), ratio)


@pytest.mark.parametrize("sure", [0.95, 0.99])
def test_students_t_is_that_of_scipy(sure: float) -> None:
    from scipy.stats import t

    for freedom in (*range(1, 40), 99, 200):
        assert students_t(freedom, sure) == pytest.approx(t.ppf((1 + sure) / 2, freedom), rel=1e-12)


def test_a_comparison_loads_no_scipy() -> None:
    code = "import sys; from reports.comparison.intervals import interval, chance; "
    code += "interval([1, 2, 3]); chance([[1, 2, 3]]); sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
