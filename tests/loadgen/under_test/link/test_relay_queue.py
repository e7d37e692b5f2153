"""Lanes and their timetable, on a clock that the test turns."""

from collections.abc import Callable
from random import Random

import pytest

from loadgen.runfile.scenario import LinkSpec
from loadgen.under_test.link import relay_queue as module
from loadgen.under_test.link.delay import Delay
from loadgen.under_test.link.relay_queue import END, RESET, Chunk, Departures, Lane, Lead, Leave

MS = 1_000_000


class Track:
    """A lane of 10 ms one way, and what it does."""

    def __init__(self, rtt_ms: float = 20, window_bytes: int = 100) -> None:
        self.delivered: list[Chunk] = []
        self.throttled: list[bool] = []
        self.planned: list[tuple[int, Leave]] = []
        self.lane = Lane(
            Delay(LinkSpec(rtt_ms=rtt_ms), 0, Random(1)),
            window_bytes,
            plan=lambda due_ns, leave: self.planned.append((due_ns, leave)),
            deliver=self.delivered.append,
            throttle=self.throttled.append,
        )
        self.lane.release()

    def turn_to(self, now_ns: int) -> None:
        """Let everything leave that is planned up to now."""
        while self.planned and self.planned[0][0] <= now_ns:
            self.planned.pop(0)[1](now_ns)


def test_a_chunk_leaves_when_it_is_due_and_not_before() -> None:
    track = Track()
    track.lane.enter(0, b"one")
    track.turn_to(10 * MS - 1)
    assert track.delivered == []
    track.turn_to(10 * MS)
    assert track.delivered == [b"one"]


def test_an_end_and_a_reset_keep_their_place() -> None:
    track = Track()
    for at, chunk in enumerate((b"one", END, RESET)):
        track.lane.enter(at, chunk)
    track.turn_to(10 * MS)
    assert track.delivered == [b"one"]
    track.turn_to(10 * MS + 2)
    assert track.delivered == [b"one", END, RESET]


def test_without_a_delay_nothing_waits() -> None:
    track = Track(rtt_ms=0)
    track.lane.enter(5, b"one")
    assert track.delivered == [b"one"]
    assert track.planned == []


def test_what_is_held_stays_and_then_leaves_in_order() -> None:
    track = Track(rtt_ms=0)
    track.lane.hold()
    track.lane.enter(0, b"one")
    track.lane.enter(1, b"two")
    track.turn_to(5)
    assert track.delivered == []
    track.lane.release()
    track.turn_to(5)
    assert track.delivered == [b"one", b"two"]


def test_a_full_lane_stops_the_reading_until_half_of_it_has_left() -> None:
    track = Track()
    for at in range(3):
        track.lane.enter(at * MS, b"x" * 45)
    assert track.throttled == [True]
    track.turn_to(10 * MS)
    assert track.throttled == [True]
    track.turn_to(11 * MS)
    assert track.throttled == [True, False]


class FakeAlarm:
    """Notes for when it was set; the test rings it."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self.ring = ring
        self.at_ns: list[int] = []

    def set(self, at_ns: int) -> None:
        self.at_ns.append(at_ns)

    def close(self) -> None: ...


def test_departures_call_each_in_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    alarms: list[FakeAlarm] = []

    def make(ring: Callable[[], None]) -> FakeAlarm:
        alarms.append(FakeAlarm(ring))
        return alarms[0]

    now_ns = 20 * MS
    monkeypatch.setattr(module, "monotonic_ns", lambda: now_ns)
    departures, left = Departures(make), list[str]()
    departures.plan(30 * MS, lambda now: left.append("third"))
    departures.plan(20 * MS, lambda now: left.append("second"))
    departures.plan(10 * MS, lambda now: left.append("first"))
    lead_ns = Lead().ns
    assert alarms[0].at_ns == [at * MS - lead_ns for at in (30, 20, 10)]
    alarms[0].ring()
    assert left == ["first", "second"]
    assert 30 * MS - Lead.LONGEST_NS <= alarms[0].at_ns[-1] < 30 * MS


def test_an_alarm_that_rings_late_is_set_earlier_and_the_other_way_round() -> None:
    lead = Lead()
    before_ns = lead.ns
    lead.learn(5_000)
    assert lead.ns > before_ns
    for _ in range(1_000):
        lead.learn(-5_000)
    assert lead.ns == 0
    for _ in range(1_000):
        lead.learn(5_000)
    assert lead.ns == Lead.LONGEST_NS
