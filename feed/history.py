"""History: the latest events, each under its sequence number, and who waits for the next one.

A client holds a cursor, the `seq` of the last event it has seen, and asks for what came after.
Where that is no longer held, or never was, the answer is a Gap and never a silent skip.
"""

import asyncio
from collections.abc import Callable

from feed.event import Event, encode


class Gap(Exception):
    """The events after the cursor are not all held here.

    first_seq  the oldest event still held (last_seq + 1 where none is).
    last_seq   the newest event so far: the cursor to carry on from.
    """

    def __init__(self, after: int, first_seq: int, last_seq: int) -> None:
        super().__init__(f"events after {after} are not held; held: {first_seq} to {last_seq}")
        self.after = after
        self.first_seq = first_seq
        self.last_seq = last_seq


class History:
    """A bounded ring of encoded events. For one event loop: not thread-safe."""

    def __init__(self, capacity: int = 100_000) -> None:
        """capacity: events held; an older one is evicted as a newer one comes."""
        self._capacity = capacity
        self._ring: list[bytes] = []  # event `seq` lies at (seq - 1) % capacity
        self._last_seq = 0
        self._waiters: dict[asyncio.Future[bool], None] = {}  # a set that keeps its order
        self._listeners: list[Callable[[bytes], None]] = []

    @property
    def last_seq(self) -> int:
        """seq of the newest event, 0 before the first."""
        return self._last_seq

    @property
    def first_seq(self) -> int:
        """seq of the oldest event still held; last_seq + 1 where none is."""
        return self._last_seq - len(self._ring) + 1

    @property
    def waiting(self) -> int:
        """How many calls of changed() wait for the next event."""
        return len(self._waiters)

    def append(self, event: Event) -> None:
        """Take the next event, encode it, hand it to every listener and wake every waiter.

        Raises ValueError where event.seq does not follow last_seq.
        """
        if event.seq != self._last_seq + 1:
            raise ValueError(f"event {event.seq} does not follow event {self._last_seq}")
        message = encode(event)
        if len(self._ring) < self._capacity:
            self._ring.append(message)
        else:
            self._ring[(event.seq - 1) % self._capacity] = message
        self._last_seq = event.seq
        for listener in self._listeners:
            listener(message)
        waiters, self._waiters = self._waiters, {}
        for waiter in waiters:
            _settle(waiter, True)

    def since(self, after: int) -> list[bytes]:
        """The encoded events with seq > after, oldest first; [] where there is none yet.

        Raises Gap where some of them were evicted, or where `after` is ahead of this feed (a
        cursor from another one).
        """
        if after == self._last_seq:
            return []
        if not self.first_seq - 1 <= after < self._last_seq:
            raise Gap(after, self.first_seq, self._last_seq)
        start = after % self._capacity
        end = (self._last_seq - 1) % self._capacity + 1
        if start < end:
            return self._ring[start:end]
        return self._ring[start:] + self._ring[:end]

    def listen(self, listener: Callable[[bytes], None]) -> None:
        """Call `listener` with each encoded event from now on, as it is appended."""
        self._listeners.append(listener)

    async def changed(self, timeout_s: float) -> bool:
        """Wait until the next append: True, or False where timeout_s went by without one.

        One future per waiting call and no task: an append wakes all of them in one pass.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[bool] = loop.create_future()
        self._waiters[waiter] = None
        timer = loop.call_later(timeout_s, _settle, waiter, False)
        try:
            return await waiter
        finally:
            timer.cancel()
            self._waiters.pop(waiter, None)


def _settle(waiter: asyncio.Future[bool], appended: bool) -> None:
    if not waiter.done():
        waiter.set_result(appended)
