"""How late the event loop is: a timer that should fire each 10 ms, and when it truly did."""

import asyncio
import time
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Self

TICK_S = 0.010


class LoopLag:
    """Samples of one loop, in ns: the share of a delay that the loop itself must answer for.

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
        tick_ns = round(TICK_S * 1e9)
        now_ns = time.monotonic_ns()
        self._due_ns += tick_ns
        while self._due_ns <= now_ns:
            self.samples_ns.append(now_ns - self._due_ns)
            self._due_ns += tick_ns
        delay_s = (self._due_ns - now_ns) / 1e9
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._fire)

    def _fire(self) -> None:
        self.samples_ns.append(max(0, time.monotonic_ns() - self._due_ns))
        self._plan()


_STAT = Path("/proc/stat")
_QUOTA = Path("/sys/fs/cgroup/cpu.stat")


@dataclass(frozen=True)
class Account:
    """Counts since the machine, or its container, began.

    stolen, all    ticks of all cores (proc_stat(5): `steal` is the eighth of the ten columns).
    withheld_us    time that a quota of the control group held its tasks back (cgroup v2, cpu.stat).
    """

    stolen: int
    all: int
    withheld_us: int

    @classmethod
    def read(cls) -> Self | None:
        """The counts now; None where the system does not tell."""
        try:
            quota = _QUOTA.read_text() if _QUOTA.exists() else ""
            return cls.parse(_STAT.read_text(), quota)
        except (OSError, ValueError, IndexError):
            return None

    @classmethod
    def parse(cls, stat: str, quota: str) -> Self:
        """From the texts of both files. ValueError or IndexError where `stat` is no such text."""
        # The last two columns, guests, are part of the first two.
        ticks = [int(text) for text in stat.splitlines()[0].split()[1:9]]
        withheld = dict(line.split() for line in quota.splitlines()).get("throttled_usec", "0")
        return cls(stolen=ticks[7], all=sum(ticks), withheld_us=int(withheld))


def share(start: Account | None, end: Account | None, span_ns: int) -> float | None:
    """The larger of both shares between two readings, 0 to 1; None where one is missing.

    span_ns: between the readings. What a quota withholds is held against the clock, as it stops
    every task of the group at once.
    """
    if start is None or end is None or end.all <= start.all or span_ns <= 0:
        return None
    stolen = (end.stolen - start.stolen) / (end.all - start.all)
    withheld = (end.withheld_us - start.withheld_us) * 1000 / span_ns
    return min(1.0, max(stolen, withheld, 0.0))
