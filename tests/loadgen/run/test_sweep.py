"""The grid of a sweep: every point once, nothing measured twice that cannot differ."""

import pytest

from feed.errors import InputError
from loadgen.run.sweep import axis, points

RATES = "feed.rate_per_s=1,10"
INTERVALS = "poll.interval_s=0.5,1,5"


def test_an_axis_is_a_setting_for_each_value() -> None:
    assert axis("feed.rate_per_s=0.1, 1") == ["feed.rate_per_s=0.1", "feed.rate_per_s=1"]


@pytest.mark.parametrize(
    "text", ["", "feed.rate_per_s", "feed.rate_per_s=", "rate=1", "feed.rate_per_s=1,1"]
)
def test_what_is_no_axis_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--over"):
        axis(text)


def test_the_grid_has_every_point_and_names_its_folder() -> None:
    made = points("chat", [], [RATES, INTERVALS])
    assert [point.name for point in made] == [
        "rate_per_s=1,interval_s=0.5",
        "rate_per_s=1,interval_s=1",
        "rate_per_s=1,interval_s=5",
        "rate_per_s=10,interval_s=0.5",
        "rate_per_s=10,interval_s=1",
        "rate_per_s=10,interval_s=5",
    ]
    assert [(p.scenario.feed.rate_per_s, p.scenario.poll.interval_s) for p in made] == [
        (rate, interval) for rate in (1, 10) for interval in (0.5, 1, 5)
    ]


def test_what_no_poll_can_notice_is_measured_once() -> None:
    made = points("chat", [], [RATES, INTERVALS])
    assert [point.scenario.transports for point in made] == 2 * [
        ("short-poll", "long-poll", "websocket"),
        ("short-poll",),
        ("short-poll",),
    ]


def test_without_polling_the_interval_makes_no_points() -> None:
    made = points("chat", ['transports=["websocket"]'], [RATES, INTERVALS])
    assert [point.name for point in made] == [
        "rate_per_s=1,interval_s=0.5",
        "rate_per_s=10,interval_s=0.5",
    ]


def test_a_rare_event_gets_a_window_in_which_ten_can_be_expected() -> None:
    (rare, frequent) = points("chat", [], ["feed.rate_per_s=0.1,10"])
    assert rare.scenario.trial.duration_s == 100.0
    assert frequent.scenario.trial.duration_s == 10.0


def test_a_wrong_value_is_refused_before_anything_runs() -> None:
    with pytest.raises(InputError, match=r"feed\.rate_per_s"):
        points("chat", [], ["feed.rate_per_s=1,-1"])


def test_a_key_twice_is_refused() -> None:
    with pytest.raises(InputError, match="each key once"):
        points("chat", [], [RATES, RATES])


def test_a_grid_beyond_reason_is_refused() -> None:
    many = "feed.seed=" + ",".join(map(str, range(201)))
    with pytest.raises(InputError, match="at most 200"):
        points("chat", [], [many])


def test_an_echo_has_nothing_to_sweep() -> None:
    with pytest.raises(InputError, match="an echo has no polls"):
        points("echo", [], ["echo.rate_per_s=1,10"])
