import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.clients.polling.poll_grid import Grid, phases


def test_phases_are_the_middles_of_equal_parts() -> None:
    assert sorted(phases(4, 1_000, seed=1)) == [125, 375, 625, 875]


def test_phases_are_shuffled_by_their_seed() -> None:
    assert phases(50, 1_000_000, seed=1) == phases(50, 1_000_000, seed=1)
    assert phases(50, 1_000_000, seed=1) != phases(50, 1_000_000, seed=2)
    assert phases(50, 1_000_000, seed=1) != sorted(phases(50, 1_000_000, seed=1))


@given(st.integers(1, 300), st.integers(1_000_000, 10**12), st.integers(0, 100))
def test_phases_have_half_an_interval_as_their_mean(count: int, interval: int, seed: int) -> None:
    drawn = phases(count, interval, seed)
    assert len(drawn) == count
    assert all(0 <= phase < interval for phase in drawn)
    assert abs(sum(drawn) / count - interval / 2) <= 1


def test_slots_lie_on_the_grid() -> None:
    grid = Grid(first_ns=1_030, interval_ns=100)
    assert [grid.slot_ns(index) for index in range(3)] == [1_030, 1_130, 1_230]


@pytest.mark.parametrize(
    ("now_ns", "latest"),
    [(0, -11), (1_029, -1), (1_030, 0), (1_129, 0), (1_130, 1), (1_131, 1), (5_000, 39)],
)
def test_the_latest_slot_is_at_or_before_now(now_ns: int, latest: int) -> None:
    assert Grid(first_ns=1_030, interval_ns=100).latest(now_ns) == latest
