"""The barrier: no worker measures before all of them have connected their clients."""

import asyncio
from collections.abc import Callable

from servers.figures import Plan
from servers.refusal import Refusal


class Barrier:
    """The workers of one trial meet here; the last to arrive starts the feed for all of them."""

    def __init__(self, start: Callable[[range], int], *, open_already: bool = False) -> None:
        """start: called once, with the window; returns the epoch."""
        self._start = start
        self._open = asyncio.Event()
        if open_already:
            self._open.set()
        self._plan: Plan | None = None
        self._arrived = 0
        self._epoch_ns = 0

    async def arrive(self, plan: Plan) -> int:
        """Wait for the others; returns the epoch.

        Raises Refusal (409) where the feed has started, or where those who wait named another
        plan. Who is cancelled while waiting has not arrived.
        """
        if self._open.is_set():
            raise Refusal(409, "the feed has already started: a server measures one trial")
        if self._arrived and plan != self._plan:
            raise Refusal(409, f"the other workers wait with {self._plan}, not with {plan}")
        self._plan = plan
        self._arrived += 1
        try:
            if self._arrived == plan.workers:
                self._epoch_ns = self._start(plan.window)
                self._open.set()
            await self._open.wait()
        except asyncio.CancelledError:
            self._arrived -= 1
            raise
        return self._epoch_ns
