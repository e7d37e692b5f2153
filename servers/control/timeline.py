"""The timeline of a trial on the server: ready, epoch, the window's two ends."""

import asyncio
import time

from feed.process import Usage, tune_gc, usage
from servers.control.messages import Opening, Plan
from servers.control.publisher import Publisher

# A loop's timers count in whole ms: aimed at so much later, none fires before its instant.
TIMER_STEP_NS = 1_000_000


class Timeline:
    """Fixes the epoch, starts the publisher, and reads what the process has used at each mark."""

    def __init__(self, publisher: Publisher, lead_ns: int) -> None:
        """To be made when everything listens and no client has connected."""
        self._publisher = publisher
        self._lead_ns = lead_ns
        self.epoch_ns: int | None = None
        self.window_start: Usage | None = None
        self.window_end: Usage | None = None
        self.ready = usage()

    def start(self) -> int:
        """Start the feed; returns its epoch."""
        tune_gc()
        self.epoch_ns = time.monotonic_ns() + self._lead_ns
        self._publisher.start(self.epoch_ns)
        return self.epoch_ns

    def measure(self, plan: Plan) -> Opening:
        """Take the readings of a trial that begins soon; start the feed where it does not run."""
        if self.epoch_ns is None:
            begins_ns = self.start()
        else:
            begins_ns = time.monotonic_ns() + self._lead_ns
        opening = Opening(self.epoch_ns or begins_ns, begins_ns)
        start_ns = begins_ns - opening.epoch_ns + plan.warmup_ns
        window = range(start_ns, start_ns + plan.duration_ns)
        self._publisher.watch(window)
        self.window_start = self.window_end = None
        loop = asyncio.get_running_loop()
        for offset_ns, name in ((window.start, "window_start"), (window.stop, "window_end")):
            delay_ns = opening.epoch_ns + offset_ns + TIMER_STEP_NS - time.monotonic_ns()
            loop.call_later(delay_ns / 1e9, self._read, name)
        return opening

    def _read(self, name: str) -> None:
        setattr(self, name, usage())
