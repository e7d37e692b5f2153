"""The queues of a relay and their scheduler, on a clock that the test sets."""

from collections.abc import Callable
from random import Random

import pytest

from loadgen.runfile.scenario import LinkSpec
from loadgen.under_test.link import relay_queue as module
from loadgen.under_test.link.delay import Delay
from loadgen.under_test.link.relay_queue import (
    END,
    RESET,
    Call,
    Chunk,
    RelayQueue,
    Scheduler,
    WakeUpLead,
)
from loadgen.under_test.link.timerfd import Timer

MS = 1_000_000


class Direction:
    """A queue with a delay of 10 ms, and what it does."""

    def __init__(self, rtt_ms: float = 20, window_bytes: int = 100) -> None:
        self.delivered: list[Chunk] = []
        self.stopped: list[bool] = []
        self.calls: list[tuple[int, Call]] = []
        self.queue = RelayQueue(
            Delay(LinkSpec(rtt_ms=rtt_ms), 0, Random(1)),
            window_bytes,
            call_at=lambda due_ns, call: self.calls.append((due_ns, call)),
            deliver=self.delivered.append,
            stop_reading=self.stopped.append,
        )
        self.queue.resume()

    def run_to(self, now_ns: int) -> None:
        """Run every call that is due up to now."""
        while self.calls and self.calls[0][0] <= now_ns:
            self.calls.pop(0)[1](now_ns)


def test_a_chunk_leaves_when_it_is_due_and_not_before() -> None:
    direction = Direction()
    direction.queue.put(0, b"one")
    direction.run_to(10 * MS - 1)
    assert direction.delivered == []
    direction.run_to(10 * MS)
    assert direction.delivered == [b"one"]


def test_an_end_and_a_reset_keep_their_place() -> None:
    direction = Direction()
    for at, chunk in enumerate((b"one", END, RESET)):
        direction.queue.put(at, chunk)
    direction.run_to(10 * MS)
    assert direction.delivered == [b"one"]
    direction.run_to(10 * MS + 2)
    assert direction.delivered == [b"one", END, RESET]


def test_without_a_delay_nothing_waits() -> None:
    direction = Direction(rtt_ms=0)
    direction.queue.put(5, b"one")
    assert direction.delivered == [b"one"]
    assert direction.calls == []


def test_what_is_paused_stays_and_then_leaves_in_order() -> None:
    direction = Direction(rtt_ms=0)
    direction.queue.pause()
    direction.queue.put(0, b"one")
    direction.queue.put(1, b"two")
    direction.run_to(5)
    assert direction.delivered == []
    direction.queue.resume()
    direction.run_to(5)
    assert direction.delivered == [b"one", b"two"]


def test_a_full_queue_stops_the_reading_until_half_of_it_has_left() -> None:
    direction = Direction()
    for at in range(3):
        direction.queue.put(at * MS, b"x" * 45)
    assert direction.stopped == [True]
    direction.run_to(10 * MS)
    assert direction.stopped == [True]
    direction.run_to(11 * MS)
    assert direction.stopped == [True, False]


class FakeTimer(Timer):
    """Notes for when it was set; the test fires it."""

    def __init__(self, fire: Callable[[], None]) -> None:
        self.fire = fire
        self.at_ns: list[int] = []

    def set(self, at_ns: int) -> None:
        self.at_ns.append(at_ns)


def test_calls_run_in_the_order_of_their_instants(monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[FakeTimer] = []

    def make(fire: Callable[[], None]) -> FakeTimer:
        timers.append(FakeTimer(fire))
        return timers[0]

    now_ns = 20 * MS
    monkeypatch.setattr(module, "monotonic_ns", lambda: now_ns)
    scheduler, left = Scheduler(make), list[str]()
    scheduler.call_at(30 * MS, lambda now: left.append("third"))
    scheduler.call_at(20 * MS, lambda now: left.append("second"))
    scheduler.call_at(10 * MS, lambda now: left.append("first"))
    lead_ns = WakeUpLead().ns
    assert timers[0].at_ns == [at * MS - lead_ns for at in (30, 20, 10)]
    timers[0].fire()
    assert left == ["first", "second"]
    assert 30 * MS - WakeUpLead.LONGEST_NS <= timers[0].at_ns[-1] < 30 * MS


def test_a_timer_that_fires_late_is_set_earlier_and_the_other_way_round() -> None:
    lead = WakeUpLead()
    before_ns = lead.ns
    lead.adapt(5_000)
    assert lead.ns > before_ns
    for _ in range(1_000):
        lead.adapt(-5_000)
    assert lead.ns == 0
    for _ in range(1_000):
        lead.adapt(5_000)
    assert lead.ns == WakeUpLead.LONGEST_NS
