"""The health of the load generator: its event loop's lag, and the CPU time it was denied."""

import asyncio
import time
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Self

TICK_S = 0.010
TICK_NS = round(TICK_S * 1e9)


class LoopLag:
    """Samples of how late a timer of the loop fires, each 10 ms, in ns.

    A loop that is busy for 30 ms delays every timer that falls due meanwhile, so each of those
    ticks counts with its own lag, not only the first.
    """

    def __init__(self) -> None:
        self.samples_ns = array("q")
        self._timer: asyncio.TimerHandle | None = None
        self._due_ns = 0

    def start(self) -> None:
        """Begin to sample; to be called in the loop that is measured."""
        self._due_ns = time.monotonic_ns()
        self._plan()

    def stop(self) -> None:
        """End sampling; samples_ns stays."""
        if self._timer is not None:
            self._timer.cancel()

    def _plan(self) -> None:
        now_ns = time.monotonic_ns()
        self._due_ns += TICK_NS
        while self._due_ns <= now_ns:
            self.samples_ns.append(now_ns - self._due_ns)
            self._due_ns += TICK_NS
        delay_s = (self._due_ns - now_ns) / 1e9
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._fire)

    def _fire(self) -> None:
        self.samples_ns.append(max(0, time.monotonic_ns() - self._due_ns))
        self._plan()


@dataclass(frozen=True)
class CpuCounters:
    """The machine's counters of CPU time, since it or its container began.

    stolen, all   ticks of all cores (proc_stat(5): `steal` is the eighth of the ten columns).
    throttled_us  time that a quota of the control group stopped its tasks (cgroup v2, cpu.stat).
    """

    stolen: int
    all: int
    throttled_us: int

    @classmethod
    def read(cls) -> Self | None:
        """The counters now; None where the system has none."""
        quota = Path("/sys/fs/cgroup/cpu.stat")
        try:
            throttled = quota.read_text() if quota.exists() else ""
            return cls.parse(Path("/proc/stat").read_text(), throttled)
        except (OSError, ValueError, IndexError):
            return None

    @classmethod
    def parse(cls, stat: str, quota: str) -> Self:
        """From the texts of both files. ValueError or IndexError where `stat` is no such text."""
        # The last two columns, guests, are part of the first two.
        ticks = [int(text) for text in stat.splitlines()[0].split()[1:9]]
        throttled = dict(line.split() for line in quota.splitlines()).get("throttled_usec", "0")
        return cls(stolen=ticks[7], all=sum(ticks), throttled_us=int(throttled))


def stolen_share(start: CpuCounters | None, end: CpuCounters | None, span_ns: int) -> float | None:
    """The share of CPU time that was stolen or throttled between two readings, 0 to 1.

    The larger of both; span_ns: between the readings. None where one is missing.
    """
    if start is None or end is None or end.all <= start.all or span_ns <= 0:
        return None
    stolen = (end.stolen - start.stolen) / (end.all - start.all)
    # Of the elapsed time and not of the ticks: a quota stops every task of the group at once.
    throttled = (end.throttled_us - start.throttled_us) * 1000 / span_ns
    return min(1.0, max(stolen, throttled, 0.0))
