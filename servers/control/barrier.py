"""The barrier: no worker measures before all of them have connected their clients."""

import asyncio
from collections.abc import Callable

from servers.control.messages import Opening, Plan
from servers.errors import Refusal


class Barrier:
    """The workers of a trial meet here; the last to arrive opens it for all of them.

    It opens once, for the trial that starts the feed; beside a feed that runs already, it opens
    for one trial after the other.
    """

    def __init__(self, start: Callable[[Plan], Opening], *, running: bool = False) -> None:
        """start: called once for each trial. running: the feed has started without a trial."""
        self._start = start
        self._running = running
        self._plan: Plan | None = None
        self._waiting: list[asyncio.Future[Opening]] = []
        self._opened = False

    async def arrive(self, plan: Plan) -> Opening:
        """Wait for the others.

        Raises Refusal (409) where another trial has started the feed, or where those who wait
        named another plan. Who is cancelled while waiting has not arrived.
        """
        if self._opened and not self._running:
            raise Refusal(409, "the feed has already started: a server measures one trial")
        if self._waiting and plan != self._plan:
            raise Refusal(409, f"the other workers wait with {self._plan}, not with {plan}")
        self._plan = plan
        waiter: asyncio.Future[Opening] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        if len(self._waiting) == plan.workers:
            opening = self._start(plan)
            self._opened = True
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                if not each.done():
                    each.set_result(opening)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            raise
