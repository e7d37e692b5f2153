"""The distance of two clocks, from stamps with a known answer."""

from collections.abc import Callable

from loadgen.recording.clock_offset import EXCHANGES, Offset, measured


class Clock:
    """Ours: each reading is `step_ns` later than the one before."""

    def __init__(self, *steps_ns: int) -> None:
        self.now_ns = 1_000
        self._steps = list(steps_ns)

    def __call__(self) -> int:
        self.now_ns += self._steps.pop(0) if self._steps else 100
        return self.now_ns


def ahead(clock: Clock, offset_ns: int, way_ns: int = 50) -> Callable[[], int]:
    """Theirs, read `way_ns` after ours."""
    return lambda: clock.now_ns + way_ns + offset_ns


def test_the_offset_is_theirs_minus_ours_and_half_an_exchange_bounds_it() -> None:
    clock = Clock()
    assert measured(ahead(clock, 7_000), clock) == Offset(7_000, 50)
    assert measured(ahead(clock, -7_000), clock) == Offset(-7_000, 50)


def test_the_quickest_exchange_counts() -> None:
    clock = Clock(*[10, 9_000] * (EXCHANGES - 1), 10, 20)
    assert measured(ahead(clock, 7_000, way_ns=10), clock) == Offset(7_000, 10)


def test_within_the_bound_it_is_taken_for_one_clock() -> None:
    clock = Clock()
    assert measured(ahead(clock, 0, way_ns=80), clock) == Offset(0, 50)
