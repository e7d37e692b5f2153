"""Long polling: ask again at once; the server waits with its answer until there is an event."""

import asyncio
from time import monotonic_ns

from loadgen.clients.client import Subscription
from loadgen.clients.polling.poller import Poller

# A poll that failed is not repeated at once, or a server that is down would be flooded.
RETRY_S = 0.1


class LongPollClient:
    """A Client that has one poll waiting at all times."""

    def __init__(self, subscription: Subscription) -> None:
        self._poller = Poller(subscription, self._on_settled, timeout_s=subscription.timeout_s)
        self.connect, self.byte_counts = self._poller.connect, self._poller.byte_counts
        self._timer: asyncio.TimerHandle | None = None

    def start(self, epoch_ns: int) -> None:
        self._poller.poll(monotonic_ns())

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self._poller.close()

    def _on_settled(self, received_ns: int | None) -> None:
        if received_ns is not None:
            self._poller.poll(received_ns)
        else:
            self._timer = asyncio.get_running_loop().call_later(RETRY_S, self._retry)

    def _retry(self) -> None:
        self._poller.poll(monotonic_ns())
