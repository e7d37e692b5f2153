"""Long polling: ask again at once; the server waits with its answer until there is an event."""

import asyncio
from time import monotonic_ns

from loadgen.clients.client import Subscription
from loadgen.clients.polling.poller import Poller

# A poll that failed is not repeated at once, or a server that is down would be flooded.
RETRY_S = 0.1


class LongPollClient(Poller):
    """A Client that has one poll waiting at all times."""

    def __init__(self, subscription: Subscription) -> None:
        super().__init__(subscription, timeout_s=subscription.timeout_s)
        self._timer: asyncio.TimerHandle | None = None

    def start(self, epoch_ns: int) -> None:
        self._poll(monotonic_ns())

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await super().close()

    def _on_settled(self, received_ns: int | None) -> None:
        if received_ns is not None:
            self._poll(received_ns)
        else:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(RETRY_S, lambda: self._poll(monotonic_ns()))
