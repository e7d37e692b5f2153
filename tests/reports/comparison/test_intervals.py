"""Intervals over rounds, and Student's t."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from reports.comparison.intervals import (
    Interval,
    chance,
    interval,
    interval_between,
    students_t,
)
from tests.imports import ROOT


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


def test_a_report_loads_no_scipy() -> None:
    code = (
        "import sys; from loadgen.runfile.run import load; from reports.render import html; "
        "from reports.run_analysis import RunAnalysis; "
        "html.render(RunAnalysis(load('tests/data/run-0.1.0-first.json'))); "
        "sys.exit('scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
