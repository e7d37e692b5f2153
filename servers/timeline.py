"""The course of a trial on the server: ready, epoch, the window's two ends."""

import asyncio
import time
from collections.abc import Callable

from feed.process import Usage, settle, usage
from servers.publisher import Publisher

# A loop's timers count in whole ms: aimed at so much later, none fires before its instant.
TIMER_STEP_NS = 1_000_000


class Timeline:
    """Fixes the epoch, starts the publisher, and reads the process's figures at each mark."""

    def __init__(self, publisher: Publisher, lead_ns: int) -> None:
        """To be made when everything listens and no client has connected."""
        self._publisher = publisher
        self._lead_ns = lead_ns
        self.epoch_ns: int | None = None
        self.window_start: Usage | None = None
        self.window_end: Usage | None = None
        self.ready = usage()

    def start(self, window: range = range(0)) -> int:
        """Start the feed; returns its epoch. `window` in ns since then; empty: none is measured."""
        settle()
        self.epoch_ns = epoch_ns = time.monotonic_ns() + self._lead_ns
        self._publisher.start(epoch_ns, window)
        if window:
            _call_at(epoch_ns + window.start, self._at_start)
            _call_at(epoch_ns + window.stop, self._at_end)
        return epoch_ns

    def _at_start(self) -> None:
        self.window_start = usage()

    def _at_end(self) -> None:
        self.window_end = usage()


def _call_at(instant_ns: int, callback: Callable[[], None]) -> None:
    delay_ns = instant_ns + TIMER_STEP_NS - time.monotonic_ns()
    asyncio.get_running_loop().call_later(delay_ns / 1e9, callback)
