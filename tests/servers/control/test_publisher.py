import asyncio
import itertools
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from feed import pacer as module
from feed.event import Event, decode
from feed.history import History
from servers.control.publisher import Publisher
from tests.servers.events import event, until

MS = 1_000_000
HOUR_NS = 3_600_000 * MS

Make = Callable[[Iterator[Event]], tuple[Publisher, History]]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """A publisher of these events, and the History it fills; it is stopped with the test."""
    made: list[Publisher] = []

    def publisher(events: Iterator[Event]) -> tuple[Publisher, History]:
        history = History()
        made.append(Publisher(events, history))
        return made[-1], history

    yield publisher
    for each in made:
        each.stop()


def every_ms() -> Iterator[Event]:
    return (Event(seq, seq * MS, "text") for seq in itertools.count(1))


async def test_no_event_is_appended_before_it_is_due(make: Make) -> None:
    publisher, history = make(every_ms())
    early: list[int] = []
    epoch_ns = time.monotonic_ns()
    history.listen(
        lambda message: early.append(time.monotonic_ns() - epoch_ns - decode(message).due)
    )
    publisher.watch(range(HOUR_NS))
    publisher.start(epoch_ns)
    await until(lambda: history.last_seq >= 30)
    assert min(early) >= 0
    assert min(publisher.lags_ns) >= 0


async def test_records_the_lag_of_the_windows_events_only(make: Make) -> None:
    publisher, history = make(every_ms())
    publisher.watch(range(5 * MS, 9 * MS))
    publisher.start(time.monotonic_ns())
    await until(lambda: history.last_seq >= 12)
    assert len(publisher.lags_ns) == 4


async def test_without_a_window_nothing_is_recorded(make: Make) -> None:
    publisher, history = make(every_ms())
    publisher.start(time.monotonic_ns())
    await until(lambda: history.last_seq >= 3)
    assert len(publisher.lags_ns) == 0


async def test_catches_up_and_keeps_the_planned_times(make: Make) -> None:
    publisher, history = make(iter([event(1), event(2), event(3)]))
    publisher.watch(range(HOUR_NS))
    publisher.start(time.monotonic_ns() - HOUR_NS)
    await until(lambda: history.last_seq == 3)
    assert [decode(message) for message in history.since(0)] == [event(1), event(2), event(3)]
    assert min(publisher.lags_ns) >= HOUR_NS - 3_000


async def test_one_instant_may_have_more_events_than_may_be_under_way(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_UNDER_WAY", 3)
    monkeypatch.setattr(module, "TURN_NS", 1)
    publisher, history = make(Event(seq, 0, "text") for seq in range(1, 201))
    publisher.start(time.monotonic_ns())
    await until(lambda: history.last_seq == 200)


async def test_an_end_in_the_middle_of_a_long_sleep_is_clean(make: Make) -> None:
    publisher, history = make(iter([Event(1, 100 * 365 * 24 * HOUR_NS, "in a century")]))
    publisher.start(time.monotonic_ns())
    publisher.stop()
    assert "publisher" not in {thread.name for thread in threading.enumerate()}
    assert history.last_seq == 0


async def test_nothing_is_appended_after_the_end(make: Make) -> None:
    publisher, history = make(Event(seq, 0, "text") for seq in itertools.count(1))
    publisher.start(time.monotonic_ns())
    await until(lambda: history.last_seq > 0)
    publisher.stop()
    last_seq = history.last_seq
    for _ in range(10):
        await asyncio.sleep(0)
    assert history.last_seq == last_seq


async def test_a_feed_that_ends_ends_the_thread(make: Make) -> None:
    publisher, history = make(iter([event(1)]))
    publisher.start(time.monotonic_ns())
    await until(lambda: history.last_seq == 1)
    await until(lambda: "publisher" not in {thread.name for thread in threading.enumerate()})


def test_one_that_never_started_can_be_stopped() -> None:
    Publisher(iter([]), History()).stop()
