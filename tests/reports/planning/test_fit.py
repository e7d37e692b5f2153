"""Parts of an amount, found in measurements that a known sum made."""

import numpy as np
import pytest

from reports.planning.costs import DRAWS, estimate, models

MIXES = np.array([[1.0, 10.0], [1.0, 40.0], [1.0, 90.0], [1.0, 160.0]])
SIZES = np.arange(4)


def test_the_parts_of_a_known_sum() -> None:
    best, *_ = models([MIXES], MIXES @ [3.0, 0.5], SIZES)
    assert best.parts.tolist() == pytest.approx([3.0, 0.5])


def test_no_part_is_below_zero() -> None:
    best, *_ = models([MIXES], MIXES @ [-1.0, 0.5], SIZES)
    assert best.parts[0] == 0
    assert best.parts[1] > 0


def test_a_column_of_zeros_is_left_out() -> None:
    best, *_ = models([MIXES * [0, 1]], MIXES[:, 1] * 0.5, SIZES)
    assert best.parts.tolist() == pytest.approx([0.0, 0.5])


def test_the_model_that_fits_comes_first_and_a_bad_one_does_not_come() -> None:
    made = models([MIXES * [1, 0], MIXES], MIXES @ [3.0, 0.5], SIZES)
    assert {model.which for model in made} == {1}
    assert len(made) == 1 + DRAWS


def test_models_that_cannot_be_told_apart_both_come_and_the_first_one_leads() -> None:
    alike = MIXES[:, ::-1]
    made = models([MIXES, alike], MIXES @ [3.0, 0.5], SIZES)
    assert [model.which for model in made[:2]] == [0, 1]
    assert {model.which for model in made[2:]} == {0, 1}


def test_measurements_of_one_group_that_differ_give_an_interval() -> None:
    columns = np.ones((6, 1))
    spent = np.array([9.0, 10.0, 11.0, 9.0, 10.0, 11.0])
    made = models([columns], spent, np.array([1, 1, 1, 2, 2, 2]))
    told = estimate(np.array([model.parts[0] for model in made]))
    assert 9.0 <= told.low < told.mid < told.high <= 11.0


def test_measurements_that_stand_alone_in_their_group_are_always_drawn() -> None:
    made = models([MIXES], MIXES @ [3.0, 0.5], SIZES)
    assert {tuple(np.round(model.parts, 9)) for model in made} == {(3.0, 0.5)}
