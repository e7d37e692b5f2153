"""Loop lag: a loop that is held up counts each tick that it held up."""

import asyncio
import time

import pytest

from loadgen.worker.generator_health import TICK_S, LoopLag


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
