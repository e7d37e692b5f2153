"""The closed forms: against values worked out by hand, and against the replay of long feeds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed.spec import FeedSpec
from reports.theory.model import closed_form
from reports.theory.model.closed_form import Spread
from reports.theory.model.wire_sizes import FRAMED
from reports.theory.predict import KEYS, expect, replayed
from tests.reports.model_inputs import MS, S, make, of_feed


def test_a_spread_is_a_step_and_a_ramp() -> None:
    spread = Spread(10, 30, 0.5)
    assert spread.mean_ns == 15
    assert [spread.quantile(q) for q in (0.2, 0.5, 0.75, 1)] == [10, 10, 20, 30]
    assert [spread.beyond(ns) for ns in (9, 10, 20, 30, 31)] == [1, 0.5, 0.25, 0, 0]


def test_a_spread_of_one_value() -> None:
    spread = Spread(10, 10, 1.0)
    assert (spread.mean_ns, spread.quantile(0.99), spread.beyond(10), spread.beyond(9)) == (
        10,
        10,
        0,
        1,
    )


def test_short_polls() -> None:
    found = closed_form.short_poll(make(transit_ns=40 * MS, rate_per_s=2.0))
    assert found.latency == Spread(40 * MS, 1_040 * MS, 0)
    assert found.latency.mean_ns == 540 * MS  # I/2 + d
    assert found.requests_per_s == 1
    assert found.empty_share == pytest.approx(math.exp(-2))


def test_even_gaps_and_bursts_leave_the_rest_of_the_polls_empty() -> None:
    even = make(random=False, rate_per_s=0.25)
    assert closed_form.short_poll(even).empty_share == 0.75
    burst = make(random=False, rate_per_s=2.0, at_once=10)
    assert closed_form.short_poll(burst).empty_share == pytest.approx(0.8)


def test_long_polls_ask_about_r_times_a_second_and_at_most_once_in_two_transits() -> None:
    seldom = closed_form.long_poll(make("long-poll", transit_ns=40 * MS, rate_per_s=0.01))
    often = closed_form.long_poll(make("long-poll", transit_ns=40 * MS, rate_per_s=1e4))
    assert seldom.requests_per_s == pytest.approx(0.01 + 1 / 30 * math.exp(-0.3), rel=0.2)
    assert often.requests_per_s == pytest.approx(1 / 0.08, rel=1e-6)


def test_long_polls_by_hand() -> None:
    # r = 5/s, d = 0.1: none in 0.2 s with e^-1 = 0.368; a cycle is 0.2 + 0.368 / 5 = 0.274 s.
    found = closed_form.long_poll(make("long-poll", transit_ns=100 * MS, rate_per_s=5.0))
    assert found.requests_per_s == pytest.approx(3.655, abs=1e-3)
    assert found.latency
    assert found.latency.at_least == pytest.approx(0.3679 / 1.3679, abs=1e-4)
    assert found.latency.most_ns == 300 * MS
    assert found.latency.mean_ns == pytest.approx(173.1 * MS, abs=0.05 * MS)


def test_even_gaps_find_every_long_poll_waiting() -> None:
    found = closed_form.long_poll(make("long-poll", random=False, transit_ns=100 * MS))
    assert found.requests_per_s == pytest.approx(2)
    assert found.empty_share == 0
    assert found.latency == Spread(100 * MS, 100 * MS, 1.0)
    close = make("long-poll", random=False, transit_ns=300 * MS)
    assert closed_form.long_poll(close).latency is None


def test_a_trace_has_no_rate() -> None:
    for transport in ("short-poll", "long-poll"):
        found = expect(make(transport, rate_per_s=None))
        assert found.why_not["empty_share"] == "a trace has no rate to expect"
    assert expect(make("websocket", rate_per_s=None)).values["latency_mean_ns"] == 0


def test_the_bytes_of_a_delivery() -> None:
    # {"seq":4,"due":2000000000,"data":""} is 36 bytes around 60 of text.
    assert closed_form.message_bytes(make()) == 96
    assert expect(make("websocket")).values["protocol_bytes_per_delivery"] == 98
    assert expect(make("tcp")).values["protocol_bytes_per_delivery"] == 100
    # id: 4, data: and the line ends are 14 bytes; the chunk of 110 says 6e; no silence in 15 s.
    sse = expect(make("sse")).values["protocol_bytes_per_delivery"]
    assert sse == pytest.approx(96 + 14 + 2 + 4)
    # One poll a second for one event each second, never empty, as they come evenly: 400, a head
    # of 150 with a digit more for a body of 98, and that body.
    even = make(random=False, rate_per_s=1.0)
    assert expect(even).values["protocol_bytes_per_delivery"] == pytest.approx(400 + 151 + 98)


FEEDS = {
    "poisson": FeedSpec(rate_per_s=2.0, payload_bytes=60),
    "constant": FeedSpec(schedule="constant", rate_per_s=0.37, payload_bytes=60),
    "burst": FeedSpec(schedule="burst", rate_per_s=3.0, burst_events=7, payload_bytes=60),
}


@pytest.mark.parametrize("transport", ["short-poll", "long-poll", *FRAMED])
@pytest.mark.parametrize("feed", FEEDS)
def test_a_long_replay_comes_to_the_expectation(transport: str, feed: str) -> None:
    inputs = of_feed(transport, FEEDS[feed], interval_s=0.7, transit_ns=40 * MS, s=4_000)
    expected, drawn = expect(inputs), replayed(inputs)
    # How many packets a push comes to is not said where there are pings as well.
    packets = set() if inputs.pings else {"ip_bytes_at_1500"}
    assert set(expected.values) | packets == set(drawn.values)
    for key, value in expected.values.items():
        if key.endswith("share") or key.startswith("share"):
            assert drawn.values[key] == pytest.approx(value, abs=0.01), key
        else:
            assert drawn.values[key] == pytest.approx(value, rel=0.02), key


RARE = {
    "poisson": FeedSpec(rate_per_s=0.05, payload_bytes=60),
    "constant": FeedSpec(schedule="constant", rate_per_s=0.03, payload_bytes=60),
    "burst": FeedSpec(schedule="burst", rate_per_s=0.05, burst_events=2, payload_bytes=60),
}


@pytest.mark.parametrize("feed", RARE)
def test_the_comments_in_long_silences_are_expected(feed: str) -> None:
    inputs = of_feed("sse", RARE[feed], interval_s=0.7, transit_ns=40 * MS, s=40_000)
    per_delivery = [
        prediction.values["protocol_bytes_per_delivery"]
        - prediction.values["message_bytes_per_delivery"]
        for prediction in (expect(inputs), replayed(inputs))
    ]
    assert per_delivery[0] > 21
    assert per_delivery[1] == pytest.approx(per_delivery[0], rel=0.05)  # 20 to 40 % of it


RATES = st.floats(0.01, 100)
TRANSITS = st.integers(0, 500).map(lambda ms: ms * MS)


@given(RATES, RATES, TRANSITS)
def test_more_events_leave_fewer_polls_empty(rate: float, more: float, transit_ns: int) -> None:
    low, high = sorted((rate, more))
    for transport in ("short-poll", "long-poll"):
        few = expect(make(transport, rate_per_s=low, transit_ns=transit_ns))
        many = expect(make(transport, rate_per_s=high, transit_ns=transit_ns))
        assert many.values["empty_share"] <= few.values["empty_share"] + 1e-12


@given(st.integers(1, 50), st.integers(1, 50), TRANSITS)
def test_a_longer_interval_makes_older_events_and_fewer_requests(
    interval: int, more: int, transit_ns: int
) -> None:
    low, high = sorted((interval * S // 10, more * S // 10))
    short, long = (expect(make(interval_ns=ns, transit_ns=transit_ns)) for ns in (low, high))
    if make(transit_ns=transit_ns, interval_ns=low).step_ns <= high:
        assert long.values["latency_mean_ns"] >= short.values["latency_mean_ns"]
        assert long.values["requests_per_s"] <= short.values["requests_per_s"]


@given(st.sampled_from(["short-poll", "long-poll", *FRAMED]), RATES, TRANSITS, TRANSITS)
def test_a_longer_way_makes_no_event_fresher(
    transport: str, rate: float, transit_ns: int, more_ns: int
) -> None:
    near, far = sorted((transit_ns, more_ns))
    near_ns, far_ns = (
        expect(make(transport, rate_per_s=rate, transit_ns=ns)).values["latency_mean_ns"]
        for ns in (near, far)
    )
    assert far_ns >= near_ns


@given(st.sampled_from(["short-poll", "long-poll", *FRAMED, "other"]), RATES, TRANSITS)
def test_every_key_has_a_value_or_a_reason(transport: str, rate: float, transit_ns: int) -> None:
    inputs = make(transport, [1.5], rate_per_s=rate, transit_ns=transit_ns)
    for prediction in (expect(inputs), replayed(inputs)):
        assert set(prediction.values) | set(prediction.why_not) == set(KEYS)
        assert not set(prediction.values) & set(prediction.why_not)
