"""The arithmetic of a link, by value: instants in, instants out."""

from random import Random

import pytest

from loadgen.runfile.scenario import LinkSpec
from loadgen.under_test.link.delay import Delay, delays, window_bytes

MS = 1_000_000


def delay(link: LinkSpec, opens_ns: int = 0) -> Delay:
    return Delay(link, opens_ns, Random(1))


def test_a_link_that_adds_nothing_delays_nothing() -> None:
    assert delay(LinkSpec()).due_ns(5 * MS, 1_000) == 5 * MS


def test_half_a_round_trip_each_way() -> None:
    one_way = delay(LinkSpec(rtt_ms=80))
    assert [one_way.due_ns(at * MS, 100) for at in (0, 1, 50)] == [40 * MS, 41 * MS, 90 * MS]


def test_connecting_costs_one_more_round_trip() -> None:
    """A ping sent at once arrives after 1.5 RTT, and its answer, which is sent then, after 2."""
    up, down = delays(LinkSpec(rtt_ms=80), 1_000 * MS, Random(1))
    arrived_ns = up.due_ns(1_000 * MS, 1)
    assert arrived_ns == (1_000 + 120) * MS
    assert down.due_ns(arrived_ns, 1) == (1_000 + 160) * MS


def test_a_server_that_speaks_first_is_heard_after_two_round_trips() -> None:
    _, down = delays(LinkSpec(rtt_ms=80), 0, Random(1))
    assert down.due_ns(1 * MS, 10) == 160 * MS


def test_what_comes_once_the_connection_is_old_is_not_held() -> None:
    up, down = delays(LinkSpec(rtt_ms=80), 0, Random(1))
    assert up.due_ns(500 * MS, 1) == 540 * MS
    assert down.due_ns(540 * MS, 1) == 580 * MS


def test_bytes_take_their_time_on_the_line_one_after_the_other() -> None:
    line = delay(LinkSpec(rtt_ms=20, bandwidth_bit_per_s=1_000_000))
    assert line.due_ns(0, 12_500) == (100 + 10) * MS
    assert line.due_ns(50 * MS, 1_250) == (100 + 10 + 10) * MS
    assert line.due_ns(500 * MS, 1_250) == (500 + 10 + 10) * MS


def test_jitter_stays_in_its_range_and_keeps_the_order() -> None:
    jittery = delay(LinkSpec(rtt_ms=80, jitter_ms=20))
    apart = [jittery.due_ns(at * 100 * MS, 10) - at * 100 * MS for at in range(200)]
    assert 20 * MS <= min(apart) < 25 * MS
    assert 55 * MS < max(apart) <= 60 * MS
    close = [jittery.due_ns(100_000 * MS + at, 10) for at in range(200)]
    assert close == sorted(close)


@pytest.mark.parametrize(
    ("link", "expected_bytes"),
    [
        (LinkSpec(rtt_ms=80), 4 * 1024 * 1024),
        (LinkSpec(bandwidth_bit_per_s=1_000_000), 65_536),
        (LinkSpec(rtt_ms=80, bandwidth_bit_per_s=8_000_000), 65_536 + 40_000),
    ],
)
def test_a_window_holds_what_is_on_the_line(link: LinkSpec, expected_bytes: int) -> None:
    assert window_bytes(link) == expected_bytes
