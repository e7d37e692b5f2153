"""Limits held against runs: broken or not, by how much, and how sure."""

from collections.abc import Sequence

import msgspec
import pytest

from loadgen.runfile.figures import Figures
from loadgen.runfile.run import Run
from reports.comparison.limits import Checked, check, check_two, of_scenario, parse, table
from reports.comparison.two_runs import two_runs
from reports.formatting.units import GAP
from reports.summary.summary import summarise
from tests.reports import runs, two


def checked(old: Run, new: Run, text: str) -> Checked:
    (one,) = check_two([parse(text)], two_runs(old, new))
    return one


def with_medians(milliseconds: Sequence[int]) -> Run:
    """A run whose websocket has these median latencies, round by round."""

    def of(median_ns: int) -> Figures:
        measured = runs.websocket()
        assert measured.latency
        latency = msgspec.structs.replace(measured.latency, p50_ns=median_ns)
        return msgspec.structs.replace(measured, latency=latency)

    trials = [
        runs.trial("websocket", number, of(each * runs.MS))
        for number, each in enumerate(milliseconds, start=1)
    ]
    return runs.run(trials, runs.scenario(["websocket"]))


OLD = with_medians([100, 100, 100])


@pytest.mark.parametrize(
    ("limit", "broken"),
    [
        (">+10%", True),
        (">+20%", False),
        (">=+20%", True),
        (">+30%", False),
        ("<-5%", False),
        ("<+30%", True),
        (">110_000_000", True),
        (">120_000_000", False),
        (">=120_000_000", True),
        ("<100", False),
    ],
)
def test_a_limit_is_broken_on_its_own_side(limit: str, broken: bool) -> None:
    new = with_medians([120, 120, 120])
    assert checked(OLD, new, f"websocket.latency_p50_ns{limit}").broken is broken


def test_it_says_by_how_much() -> None:
    new = with_medians([120, 120, 120])
    told = str(checked(OLD, new, "websocket.latency_p50_ns>+10%")).replace(GAP, " ")
    assert told == ("websocket.latency_p50_ns>+10%: 100 ms → 120 ms, 1.20×; the limit is 1.10×")
    told = str(checked(OLD, new, "websocket.latency_p50_ns>110_000_000")).replace(GAP, " ")
    assert told == "websocket.latency_p50_ns>110_000_000: 120 ms, 10.0 ms beyond 110 ms"


def test_the_median_decides_and_chance_is_told() -> None:
    one = checked(OLD, with_medians([90, 120, 130]), "websocket.latency_p50_ns>+10%")
    assert one.broken
    assert one.text.endswith("which the interval holds too: it may be chance")
    one = checked(OLD, with_medians([90, 105, 130]), "websocket.latency_p50_ns>+10%")
    assert not one.broken


def test_a_number_without_a_ratio_is_held_by_its_difference(plausible: Run) -> None:
    def losing(measured: Figures) -> Figures:
        return msgspec.structs.replace(measured, deliveries=runs.deliveries(1_200, lost=3))

    new = two.altered(plausible, {"websocket": losing})
    assert checked(plausible, new, "websocket.lost>+10%").broken
    assert not checked(plausible, plausible, "websocket.lost>+10%").broken
    assert checked(plausible, new, "websocket.lost>2").broken


def test_the_generators_own_figures_can_have_limits_too(plausible: Run) -> None:
    assert checked(plausible, plausible, "websocket.loop_lag_p99_ns>100_000").broken
    assert not checked(plausible, plausible, "websocket.loop_lag_p99_ns>+10%").broken


def test_what_cannot_be_checked_is_broken(plausible: Run) -> None:
    for limit in ("websocket.setup_time_p50_ns>+10%", "websocket.setup_time_p50_ns>1"):
        one = checked(plausible, plausible, limit)
        assert one.broken
        assert "there is no number to check" in one.text


def test_a_sick_generator_is_named(plausible: Run) -> None:
    new = two.altered(plausible, {"websocket": two.sick})
    assert "the generator was sick" in str(checked(plausible, new, "websocket.lost>0"))


def test_limits_of_a_scenario_are_held_against_the_run_itself(plausible: Run) -> None:
    limits = of_scenario(
        {"short-poll.latency_p99_ns": 5e7, "websocket.latency_p99_ns": 5e7, "sse.lost": 0.0}
    )
    poll, push = check(limits, summarise(plausible))
    assert (poll.broken, push.broken) == (True, False)
    shown = table([poll, push])
    assert shown is not None
    assert [[cell.text for cell in row][1] for row in shown.rows] == ["broken", "held"]
    assert table([]) is None


def test_a_measure_that_is_no_more_breaks_its_limit_and_not_the_report(plausible: Run) -> None:
    (one,) = check(of_scenario({"websocket.forgotten": 1.0}), summarise(plausible))
    assert one.broken
