"""Loop lag, tick by tick, and stolen and throttled CPU time, from the kernel's own texts."""

import asyncio
import sys
import time

import pytest

from loadgen.worker.generator_health import TICK_S, CpuCounters, LoopLag, stolen_share

STAT = "cpu  100 0 50 800 20 0 5 25 7 7\ncpu0 1 2 3 4 5 6 7 8 9 10\n"
QUOTA = "usage_usec 900\nnr_throttled 3\nthrottled_usec 1500\n"


async def test_ticks_that_a_busy_loop_delayed_count_with_their_own_lag(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock_ns = 0
    monkeypatch.setattr(time, "monotonic_ns", lambda: clock_ns)
    lag = LoopLag()
    lag.start()
    clock_ns = 45_000_000  # the loop was busy from 0 to 45 ms: ticks at 10, 20, 30 and 40 ms wait
    lag._fire()
    lag.stop()
    assert list(lag.samples_ns) == [35_000_000, 25_000_000, 15_000_000, 5_000_000]


async def test_a_timer_that_fires_early_is_no_negative_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    clock_ns = 0
    monkeypatch.setattr(time, "monotonic_ns", lambda: clock_ns)
    lag = LoopLag()
    lag.start()
    clock_ns = round(TICK_S * 1e9) - 1
    lag._fire()
    lag.stop()
    assert list(lag.samples_ns) == [0]


async def test_an_idle_loop_samples_by_itself() -> None:
    lag = LoopLag()
    lag.start()
    while len(lag.samples_ns) < 3:
        await asyncio.sleep(0)
    lag.stop()
    count = len(lag.samples_ns)
    await asyncio.sleep(0)
    assert len(lag.samples_ns) == count


def test_the_columns_are_added_up_without_the_guests_counted_twice() -> None:
    assert CpuCounters.parse(STAT, QUOTA) == CpuCounters(stolen=25, all=1000, throttled_us=1500)
    assert CpuCounters.parse(STAT, "").throttled_us == 0


@pytest.mark.parametrize("text", ["", "cpu", "cpu one two", "cpu 1 2 3"])
def test_another_text_has_no_counters(text: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        CpuCounters.parse(text, "")


def test_a_share_is_of_what_passed_in_between() -> None:
    start = CpuCounters(stolen=10, all=1000, throttled_us=0)
    assert stolen_share(start, CpuCounters(stolen=30, all=1200, throttled_us=0), 10**9) == 0.1
    # 250 ms of one second
    assert (
        stolen_share(start, CpuCounters(stolen=10, all=1200, throttled_us=250_000), 10**9) == 0.25
    )


def test_nothing_is_known_without_two_readings() -> None:
    counters = CpuCounters(stolen=0, all=1, throttled_us=0)
    assert stolen_share(None, counters, 1) is None
    assert stolen_share(counters, None, 1) is None
    assert stolen_share(counters, counters, 1) is None


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/stat is Linux's")
def test_this_machine_has_counters() -> None:
    counters = CpuCounters.read()
    assert counters is not None
    assert counters.all > 0
