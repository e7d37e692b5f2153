"""The pacer: a thread that hands items to the event loop when they are due, and never before.

It paces the server's feed and the texts of an echo's clients: an open loop, in which nothing waits
for the answer to what was sent before.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

# The loop takes items for at most this long at a stretch, then serves its sockets.
TURN_NS = 2_000_000
# Items handed over and not yet taken; the thread waits where the loop is this far behind.
MAX_UNDER_WAY = 4096
FULL_WAIT_S = 0.001
LONGEST_SLEEP_S = 3600.0


class Pacer(Generic[T]):
    """A thread that sleeps until each item is due and hands it to the event loop.

    A thread, as a loop's timers are up to 1.2 ms late (epoll counts in ms); a thread was 0.17 ms
    late at the median. A late item is handed over at once: the plan is never shifted.
    """

    def __init__(self, plan: Iterator[tuple[int, T]], take: Callable[[T], None], name: str) -> None:
        """plan: when each item is due, in ns since the epoch, and the item, in the order of the
        due times; may be endless. take(item) is called on the loop. name: of the thread.
        """
        self._plan = plan
        self._take_one = take
        self._lock = threading.Lock()  # of the two below, which the thread and the loop share
        self._due: deque[T] = deque()
        self._called = False  # whether _take is in the loop's queue
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._loop: asyncio.AbstractEventLoop
        self._epoch_ns: int

    def start(self, epoch_ns: int) -> None:
        """Begin; epoch_ns: by time.monotonic_ns(). Call once, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._epoch_ns = epoch_ns
        self._thread.start()

    def stop(self) -> None:
        """End the thread; nothing is taken from here on. Call before the loop is closed."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._due.clear()

    def _run(self) -> None:
        for due_ns, item in self._plan:  # made before its due time, so that it is ready then
            if not (self._sleep_until(self._epoch_ns + due_ns) and self._room()):
                return
            self._hand_over(item)

    def _sleep_until(self, instant_ns: int) -> bool:
        """False where the pacer is to stop."""
        while (remaining_ns := instant_ns - time.monotonic_ns()) > 0:
            if self._stopping.wait(min(remaining_ns / 1e9, LONGEST_SLEEP_S)):
                return False
        return not self._stopping.is_set()

    def _room(self) -> bool:
        while len(self._due) >= MAX_UNDER_WAY:
            if self._stopping.wait(FULL_WAIT_S):
                return False
        return True

    def _hand_over(self, item: T) -> None:
        with self._lock:
            self._due.append(item)
            called, self._called = self._called, True
        if not called:
            self._loop.call_soon_threadsafe(self._take)

    def _take(self) -> None:
        """On the loop: take what was handed over. Never in the loop's queue twice."""
        turn_ends_ns = time.monotonic_ns() + TURN_NS
        while True:
            with self._lock:
                if not self._due:
                    self._called = False
                    return
                item = self._due.popleft()
            self._take_one(item)
            if time.monotonic_ns() > turn_ends_ns:
                self._loop.call_soon(self._take)
                return
