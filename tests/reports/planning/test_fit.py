"""Parts of an amount, found in measurements that a known sum made."""

import numpy as np
import pytest

from reports.planning.costs import DRAWS, estimate, fits

MIXES = np.array([[1.0, 10.0], [1.0, 40.0], [1.0, 90.0], [1.0, 160.0]])
SIZES = np.arange(4)


def test_the_parts_of_a_known_sum() -> None:
    best, *draws = fits(MIXES, MIXES @ [3.0, 0.5], SIZES)
    assert best.tolist() == pytest.approx([3.0, 0.5])
    assert len(draws) == DRAWS


def test_no_part_is_below_zero() -> None:
    best, *_ = fits(MIXES, MIXES @ [-1.0, 0.5], SIZES)
    assert best[0] == 0
    assert best[1] > 0


def test_a_column_of_zeros_costs_nothing() -> None:
    best, *_ = fits(MIXES * [0, 1], MIXES[:, 1] * 0.5, SIZES)
    assert best.tolist() == pytest.approx([0.0, 0.5])


def test_rounds_that_differ_give_an_interval() -> None:
    spent = np.array([9.0, 10.0, 11.0, 9.0, 10.0, 11.0])
    told = estimate(fits(np.ones((6, 1)), spent, np.array([1, 1, 1, 2, 2, 2]))[:, 0])
    assert 9.0 <= told.low < told.mid < told.high <= 11.0


def test_a_size_with_one_round_is_in_every_draw() -> None:
    made = fits(MIXES, MIXES @ [3.0, 0.5], SIZES)
    assert {tuple(parts) for parts in np.round(made, 9).tolist()} == {(3.0, 0.5)}
