"""Short polling: ask on a grid, whether there is something new or not."""

import asyncio
import math
from time import monotonic_ns

from loadgen.clients.client import Subscription
from loadgen.clients.polling.poll_grid import Grid
from loadgen.clients.polling.poller import Poller


class ShortPollClient(Poller):
    """A Client that polls at each slot of its grid, and leaves out a slot when still busy."""

    def __init__(self, subscription: Subscription) -> None:
        super().__init__(subscription)
        self._phase_ns = subscription.phase_ns
        self._interval_ns = subscription.interval_ns
        self._last_answer_s = subscription.last_answer_s
        self._last_answer: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self, epoch_ns: int) -> None:
        self._grid = Grid(epoch_ns + self._phase_ns, self._interval_ns)
        self._next = 0  # the first slot that is neither polled for nor missed
        self._arm()

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        # An unanswered poll's slot may lie in the window, and then its answer counts.
        if self._channel.busy:
            self._last_answer = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._last_answer], timeout=self._last_answer_s)
        await super().close()

    def _on_settled(self, received_ns: int | None) -> None:
        if self._last_answer is not None:
            self._last_answer.set_result(None)

    def _arm(self) -> None:
        """Wake at the next slot or just after it: uvloop's timers count whole milliseconds."""
        wait_ns = self._grid.slot_ns(self._next) - monotonic_ns()
        wait_s = max(math.ceil(wait_ns / 1_000_000), 0) / 1000
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._tick)

    def _tick(self) -> None:
        if self._recorder.failure:
            return
        latest = self._grid.latest(monotonic_ns())
        if latest >= self._next:  # else the timer fired early
            for slot in range(self._next, latest):  # in which the loop has stalled
                self._recorder.missed(self._grid.slot_ns(slot))
            self._next = latest + 1
            planned_ns = self._grid.slot_ns(latest)
            if self._channel.busy:
                self._recorder.missed(planned_ns)
            else:
                self._poll(planned_ns)
        self._arm()
