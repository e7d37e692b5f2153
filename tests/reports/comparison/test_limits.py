"""Limits: as text and as a table, and held against runs: broken or not, and how sure."""

from collections.abc import Sequence

import msgspec
import pytest

from loadgen.runfile.figures import Figures
from loadgen.runfile.run import InputError, Run
from reports.comparison.limits import (
    Checked,
    Limit,
    check,
    check_two,
    of_scenario,
    parse,
    require_measures,
    require_transports,
    table,
)
from reports.comparison.two_runs import two_runs
from reports.formatting.units import GAP
from reports.summary.summary import summarise
from tests.reports import runs, two


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("websocket.latency_p99_ns>+10%", ("websocket", "latency_p99_ns", ">", 0.1, True)),
        ("websocket.latency_p99_ns<-5%", ("websocket", "latency_p99_ns", "<", -0.05, True)),
        (" long-poll.lost >= 1 ", ("long-poll", "lost", ">=", 1.0, False)),
        ("websocket.latency_p50_ns > 50_000_000", ("websocket", "latency_p50_ns", ">", 5e7, False)),
        ("websocket@aiohttp#2.lost>0", ("websocket@aiohttp#2", "lost", ">", 0.0, False)),
        ("short-poll.empty_share<=0.25", ("short-poll", "empty_share", "<=", 0.25, False)),
        ("tcp.lost>+0.5%", ("tcp", "lost", ">", 0.005, True)),
    ],
)
def test_an_expression_is_understood(text: str, limit: tuple[str, str, str, float, bool]) -> None:
    assert parse(text) == Limit(text.strip(), *limit)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected TRANSPORT.MEASURE, one of > >= < <=, an amount; as in websocket.latency"),
        ("websocket.latency_p99_ns", "expected TRANSPORT.MEASURE, one of"),
        ("websocket.latency_p99_ns=5", "expected TRANSPORT.MEASURE, one of"),
        ("websocket.latency_p99_ns>5ms", "'5ms' is no amount"),
        ("websocket.latency_p99_ns>nan", "'nan' is no amount"),
        ("websocket.latency_p99_ns>inf", "'inf' is no amount"),
        ("websocket.latency_p99_ns>10%", "+10% or -10%, more or less than the old number?"),
        ("latency_p99_ns>5", "expected TRANSPORT.MEASURE, as in"),
        ("websocket.latency_p99>5", "unknown measure 'latency_p99'; did you mean latency_p99_ns?"),
        ("websocket.zzzzzz>5", "unknown measure 'zzzzzz'; known: expected, delivered"),
    ],
)
def test_what_is_no_limit_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        parse(text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_transport_that_was_not_measured_is_refused_with_what_was_meant() -> None:
    require_transports([parse("websocket.lost>0")], ["websocket"])
    with pytest.raises(InputError, match="unknown transport 'websockt'; did you mean websocket?"):
        require_transports([parse("websockt.lost>0")], ["short-poll", "websocket"])


def test_a_scenario_holds_upper_limits() -> None:
    limits = of_scenario({"websocket.latency_p99_ns": 50_000_000.0, "long-poll.waste_share": 0.9})
    assert [limit.text for limit in limits] == [
        "websocket.latency_p99_ns>50_000_000",
        "long-poll.waste_share>0.9",
    ]
    assert not any(limit.relative for limit in limits)
    with pytest.raises(InputError, match="did you mean latency_p99_ns"):
        require_measures(of_scenario({"websocket.latency_p99_n": 1.0}))


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
