"""History: a bounded ring of the latest events, which clients read by a cursor.

A cursor is the `seq` of the last event that a client received; it asks for those after it. Where
some of them have been evicted, or never were, the answer is a Gap and never a silent skip.
"""

import asyncio
from collections.abc import Callable

from feed.event import Event, encode


class Gap(Exception):
    """The events after the cursor are not all in the History.

    first_seq  the oldest event that is (last_seq + 1 where none is).
    last_seq   the newest event so far: the cursor to carry on from.
    """

    def __init__(self, after: int, first_seq: int, last_seq: int) -> None:
        super().__init__(f"events after {after} are not held; held: {first_seq} to {last_seq}")
        self.after = after
        self.first_seq = first_seq
        self.last_seq = last_seq


class History:
    """A bounded ring of encoded events. For one event loop: not thread-safe.

    waiters  of the calls of changed() that wait for the next event, in their order.
    """

    def __init__(self, capacity: int = 100_000) -> None:
        """capacity: the most events; beyond it a new one evicts the oldest."""
        self._capacity = capacity
        self._ring: list[bytes] = []  # event `seq` lies at (seq - 1) % capacity
        self._last_seq = 0
        self.waiters: dict[asyncio.Future[bool], None] = {}
        self._listeners: list[Callable[[bytes], None]] = []

    @property
    def last_seq(self) -> int:
        """seq of the newest event, 0 before the first."""
        return self._last_seq

    @property
    def first_seq(self) -> int:
        """seq of the oldest event that was not evicted; last_seq + 1 where there is none."""
        return self._last_seq - len(self._ring) + 1

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
        waiters, self.waiters = self.waiters, {}
        for waiter in waiters:
            _wake(waiter, True)

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
        self.waiters[waiter] = None
        timer = loop.call_later(timeout_s, _wake, waiter, False)
        try:
            return await waiter
        finally:
            timer.cancel()
            self.waiters.pop(waiter, None)


def _wake(waiter: asyncio.Future[bool], appended: bool) -> None:
    if not waiter.done():
        waiter.set_result(appended)
