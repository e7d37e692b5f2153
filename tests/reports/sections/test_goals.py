"""What to use, goal by goal: on runs whose winners can be read off."""

from collections.abc import Mapping
from typing import Any

import pytest

from loadgen.runfile.run import Run
from reports.sections.goals import Goal, goals
from reports.summary.summary import Summary, summarise
from tests.reports import echoes

MS = 1_000_000


def summary(transport: str, *, healthy: bool = True, **changes: float | None) -> Summary:
    """Three rounds that are all alike: 1 ms old, 200 bytes, 50 µs of CPU; then the changes."""
    values: Mapping[str, float | None] = {
        "received": 1_000,
        "latency_p50_ns": MS,
        "latency_mean_ns": MS,
        "ip_bytes_per_delivery": 200.0,
        "protocol_bytes_per_delivery": 150.0,
        "server_cpu_ns_per_delivery": 50_000.0,
        **changes,
    }
    return Summary(transport, {number: values for number in (1, 2, 3)}, {}, healthy)


def won(*summaries: Summary) -> dict[str, tuple[str, ...]]:
    return {goal.name: goal.winners for goal in goals(summaries).goals}


def named(name: str, *summaries: Summary) -> Goal:
    return {goal.name: goal for goal in goals(summaries).goals}[name]


def test_each_goal_has_its_own_winner_and_polling_is_named_where_it_wins() -> None:
    poll = summary(
        "short-poll",
        latency_p50_ns=500 * MS,
        latency_mean_ns=500 * MS,
        ip_bytes_per_delivery=90.0,
        server_cpu_ns_per_delivery=200_000.0,
    )
    found = goals([poll, summary("websocket")])
    assert [(goal.name, goal.text) for goal in found.goals] == [
        ("freshness", "WebSocket"),
        ("the fewest bytes", "Short polling"),
        ("the least server CPU", "WebSocket"),
        ("simplicity", "Short polling"),
    ]
    assert found.goals[0].figure == "1.00\xa0ms at the median"
    assert found.goals[0].why == "against short polling 500\xa0ms (500×)"
    assert found.goals[1].why == "against WebSocket 200\xa0B (2.2×)"
    assert found.missing == ""


def test_within_the_noise_is_a_tie() -> None:
    near = summary("sse", ip_bytes_per_delivery=202.0)
    goal = named("the fewest bytes", summary("websocket"), near)
    assert goal.text == "A tie: WebSocket and server-sent events"
    assert goal.figure == "200\xa0B and 202\xa0B per event"
    assert goal.why == "all are level"


@pytest.mark.parametrize(
    ("poll_ms", "simplest", "stricter"),
    [
        (1_000, "short-poll", "within 100\xa0ms: long polling"),
        (50, "short-poll", ""),
        (1_001, "long-poll", ""),
    ],
)
def test_the_simplest_is_the_plainest_of_the_fresh_enough(
    poll_ms: int, simplest: str, stricter: str
) -> None:
    poll = summary("short-poll", latency_mean_ns=poll_ms * MS)
    goal = named("simplicity", summary("websocket"), summary("long-poll"), poll)
    assert goal.winners == (simplest,)
    assert stricter in goal.why
    assert stricter or "within" not in goal.why


def test_a_held_request_is_as_simple_as_a_held_answer() -> None:
    names = ("websocket", "sse", "long-poll", "socketio-polling", "own")
    assert named("simplicity", *map(summary, names)).winners == ("sse", "long-poll")
    assert named("simplicity", *map(summary, names[::4])).winners == ("websocket",)


def test_what_nobody_meets_has_no_winner() -> None:
    slow = [summary(name, latency_mean_ns=2e9) for name in ("short-poll", "websocket")]
    assert "simplicity" not in won(*slow)
    late = [summary(name, latency_mean_ns=5e8) for name in ("short-poll", "websocket")]
    assert "none is within 100\xa0ms" in named("simplicity", *late).why


def test_the_floor_the_sick_and_the_second_self_win_nothing() -> None:
    beaten = summary("short-poll", latency_p50_ns=5 * MS), summary("websocket")
    fast: dict[str, Any] = {"latency_p50_ns": 0.1 * MS, "latency_mean_ns": 0.1 * MS}
    others = (
        summary("tcp", **fast),
        summary("sse", healthy=False, **fast),
        summary("websocket#2", latency_p50_ns=0.99 * MS),
    )
    assert won(*beaten, *others) == won(*beaten)


def test_what_a_sick_generator_measured_is_named() -> None:
    sick = summary("sse", healthy=False)
    assert goals([summary("websocket"), summary("short-poll"), sick]).missing == (
        "Left out, as a sick generator measured it: server-sent events."
    )


def test_bytes_are_those_of_the_protocol_where_the_kernel_counted_none() -> None:
    bare = summary("sse", ip_bytes_per_delivery=None, protocol_bytes_per_delivery=100.0)
    goal = named("the fewest bytes", summary("websocket"), bare)
    assert goal.winners == ("sse",)
    assert goal.figure == "100\xa0B of HTTP or frames per event"


def test_a_goal_without_figures_for_all_is_left_out_and_named() -> None:
    found = goals([summary("websocket", server_cpu_ns_per_delivery=None), summary("sse")])
    assert "the least server CPU" not in [goal.name for goal in found.goals]
    assert found.missing == "Not compared, as not all have the figures: the least server CPU."


def test_against_nobody_nobody_wins() -> None:
    alone = goals([summary("websocket"), summary("short-poll", healthy=False)])
    assert alone.goals == ()
    assert alone.missing.startswith("Only WebSocket has sound figures")
    assert goals([]).missing.startswith("No transport has sound figures")


def test_of_an_echo_the_round_trip_is_what_must_be_short() -> None:
    found = goals(summarise(echoes.plausible()))
    assert [goal.name for goal in found.goals][0] == "fast answers"
    assert found.goals[-1].winners == ("post",)
    assert "round trip" in found.rule


def test_a_goal_bears_the_colours_of_its_winners(plausible: Run) -> None:
    colours = [goal.colours for goal in goals(summarise(plausible)).goals]
    assert colours == [*[("#0072b2",)] * 3, ("#d55e00",)]


def test_every_shape_of_run_is_answered_or_told_why_not(any_run: Run) -> None:
    found = goals(summarise(any_run))
    assert found.goals or found.missing


def test_what_the_rounds_cannot_tell_apart_is_no_tie() -> None:
    near = summary("sse")
    late = {n: {**near.by_round[n], "latency_p50_ns": n * MS} for n in near.by_round}
    goal = named("freshness", summary("websocket"), Summary("sse", late, {}, True))
    assert goal.text == "Not told apart: WebSocket and server-sent events"
    assert goal.figure == "1.00\xa0ms and 2.00\xa0ms at the median"
    assert goal.why == "the rounds cannot tell which is best"
    assert won(summary("websocket"), Summary("sse", late, {}, True))["the fewest bytes"] == (
        "websocket",
        "sse",
    )
