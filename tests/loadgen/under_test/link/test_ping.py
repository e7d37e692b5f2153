import sys
from collections.abc import Iterator

import pytest

from loadgen.under_test.child_process import Child
from loadgen.under_test.link import ping
from loadgen.under_test.link.path import Listening
from loadgen.under_test.link.ping import CONNECTS, PINGS, wanted


@pytest.fixture
def echo() -> Iterator[str]:
    """An echo server's host:port."""
    command = [sys.executable, "-m", "loadgen.under_test.link.echo_server", "127.0.0.1"]
    with Child("the echo server", command, Listening) as child:
        [address] = child.ready.addresses
        yield address


def taken(steps: tuple[tuple[int, float], ...], each_s: float) -> int:
    """How many samples are taken of a path on which each takes this long."""
    count = 0
    while wanted(steps, count, count * each_s):
        count += 1
    return count


@pytest.mark.parametrize(
    ("rtt_s", "pings", "connects"),
    [(0.00002, 200, 3), (0.001, 100, 3), (0.08, 15, 3), (0.5, 4, 1), (5.0, 3, 1)],
)
def test_a_short_path_is_measured_often_and_a_long_one_seldom(
    rtt_s: float, pings: int, connects: int
) -> None:
    assert taken(PINGS, rtt_s) == pings
    assert taken(CONNECTS, 2 * rtt_s) == connects


def test_a_path_is_measured_from_end_to_end(echo: str) -> None:
    link = ping.measure_link(echo)
    assert 0 < link.rtt.min_ns <= link.rtt.p50_ns
    assert 3 <= link.rtt.count <= 200
    assert link.connect.count >= 1
    assert link.relay_rtt_ns is None


def test_a_second_measurement_finds_the_same_server(echo: str) -> None:
    assert ping.pings(echo).size >= 3
    assert ping.pings(echo).size >= 3
