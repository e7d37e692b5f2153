"""A window step by step, against what can be counted by hand."""

import numpy as np
import numpy.typing as npt

from feed.schedule import NS_PER_S
from loadgen.recording.time_series import MOST_STEPS, Steps, series

S = NS_PER_S


def at(*seconds: float) -> npt.NDArray[np.int64]:
    return np.array([round(second * S) for second in seconds], dtype=np.int64)


def test_steps_are_seconds_and_the_last_may_be_cut_short() -> None:
    steps = Steps(10 * S, 12 * S + S // 2)
    assert (steps.step_ns, steps.count) == (S, 3)


def test_a_long_window_has_longer_steps() -> None:
    steps = Steps(0, 86_400 * S)
    assert steps.step_ns == 144 * S
    assert steps.count == MOST_STEPS


def test_an_instant_belongs_to_the_step_that_begins_with_it_and_none_outside() -> None:
    steps = Steps(10 * S, 12 * S)
    assert steps.counts(at(9.999, 10, 10.999, 11, 12)).tolist() == [2, 1]
    assert steps.counts(at(10, 11.5, 11.6, 12), at(1, 2, 3, 4)).tolist() == [S, 5 * S]


def test_latencies_stand_by_the_second_in_which_their_events_were_due() -> None:
    steps = Steps(0, 3 * S)
    made = series(steps, counts(3), at(0.1, 2.5, 0.9, 0.2), np.array([30, 7, 10, 20]))
    assert made.latency_p50_ns == (20, None, 7)
    assert made.latency_p99_ns == (30, None, 7)
    assert made.latency_max_ns == (30, None, 7)
    assert made.delivered == (1, 1, 1)


def test_without_a_delivery_there_are_no_latencies() -> None:
    made = series(Steps(0, 2 * S), counts(2), at(), at())
    assert made.latency_max_ns == (None, None)


def counts(steps: int) -> dict[str, npt.NDArray[np.int64]]:
    names = ("expected", "delivered", "received", "message_bytes", "useful", "empty")
    return {name: np.ones(steps, dtype=np.int64) for name in names}
