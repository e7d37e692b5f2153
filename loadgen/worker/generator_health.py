"""How late the event loop is: a timer that should fire each 10 ms, and when it truly did."""

import asyncio
import time
from array import array

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
