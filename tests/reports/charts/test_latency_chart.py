"""Names beside their curves: enough room, heights of their own, the emptier side."""

import pytest

from loadgen.runfile.figures import Requests
from reports.charts.latency_chart import ends, places
from reports.charts.pictures import pictures
from reports.summary.latency_curves import Curve
from reports.summary.summary import summarise
from tests.reports import runs


def curve(transport: str, latency_ns: float) -> Curve:
    return Curve(transport, (latency_ns,) * 201, tuple(n / 200 for n in range(201)))


THREE = [curve("short-poll", 1e8), curve("websocket", 1e5), curve("long-poll", 2e5)]


@pytest.mark.parametrize("width_px", [340, 720])
def test_the_first_name_has_room_left_of_its_curve(width_px: int) -> None:
    left, right = ends(THREE, width_px)
    assert (5 - left) / (right - left) * width_px >= 149
    assert right > 8


def test_neighbours_turn_away_from_each_other() -> None:
    left, right = ends(THREE, 720)
    found = [(place.curve.transport, place.to_right) for place in places(THREE, left, right)]
    assert found == [("websocket", False), ("long-poll", True), ("short-poll", False)]


@pytest.mark.parametrize("count", [1, 2, 7, 12])
def test_each_name_has_a_height_of_its_own(count: int) -> None:
    curves = [curve(str(n), 10.0**n) for n in range(1, count + 1)]
    shares = [place.share for place in places(curves, 0, 14)]
    assert len(set(shares)) == count


def test_a_single_delivery_is_drawn() -> None:
    lone = runs.figures(
        latencies_ns=[1_000_000],
        requests=Requests(useful=0, empty=0, failed=0, missed_slots=0),
        up=runs.layers(0, 0, 0, 1),
        down=runs.layers(1, 2, 3, 1),
        server_cpu_ns=0,
        worker_cpu_ns=0,
        server_rss=0,
    )
    run = runs.run([runs.trial("websocket", 1, lone)], runs.scenario(["websocket"]))
    assert "WebSocket" in pictures(run, summarise(run))["latency"].wide


def test_a_name_that_would_leave_the_page_stands_on_the_left() -> None:
    slow = curve("short-poll", 1e9)
    twins = [slow, curve("short-poll@httptools", 1.01e9)]
    left, right = ends(twins, 720)
    assert not any(place.to_right for place in places(twins, left, right, room=1.0))
