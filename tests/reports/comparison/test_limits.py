"""Limits as they are written: what is understood, and what is refused with which words."""

import pytest

from loadgen.runfile.run import InputError
from reports.comparison.limits import (
    Limit,
    of_scenario,
    parse,
    require_measures,
    require_transports,
)


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
