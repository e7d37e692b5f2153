"""The publisher: each event of the feed into the History when it is due, and never before."""

import asyncio
import threading
import time
from array import array
from collections import deque
from collections.abc import Iterator

from feed.event import Event
from feed.history import History

# The loop appends for at most this long at a stretch, then serves its sockets.
TURN_NS = 2_000_000
# Events handed over and not yet taken; the thread waits where a loop is so far behind.
MAX_UNDER_WAY = 4096
FULL_WAIT_S = 0.001
LONGEST_SLEEP_S = 3600.0


class Publisher:
    """A thread that sleeps until each event is due and hands it to the event loop.

    A thread, as a loop's timers are up to 1.2 ms late. An event that is late already is appended
    at once, with the `due` it was planned for: the feed catches up and is never shifted.
    """

    def __init__(self, events: Iterator[Event], history: History) -> None:
        """events: in the order of their due times; may be endless."""
        self._events = events
        self._history = history
        self._lock = threading.Lock()  # of the two below, which the thread and the loop share
        self._due: deque[Event] = deque()
        self._called = False  # whether the loop is going to take what is due
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._window = range(0)
        self._loop: asyncio.AbstractEventLoop
        self._epoch_ns: int
        self.first_window_seq = 0
        self.lags_ns = array("q")

    def start(self, epoch_ns: int, window: range = range(0)) -> None:
        """Publish from `epoch_ns` on, by time.monotonic_ns(); call once, on the running loop.

        window: as of watch().
        """
        self.watch(window)
        self._loop = asyncio.get_running_loop()
        self._epoch_ns = epoch_ns
        self._thread.start()

    def watch(self, window: range) -> None:
        """From now on, for each event whose due time lies in `window` (ns since the epoch),
        appended - due goes to lags_ns, and the seq of the first of them to first_window_seq.
        """
        self._window = window
        self.first_window_seq = 0
        self.lags_ns = array("q")

    def stop(self) -> None:
        """End the thread; nothing is appended from here on. Call before the loop is closed."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._due.clear()

    def _run(self) -> None:
        for event in self._events:  # made before its due time, so that it is ready then
            if not (self._sleep_until(self._epoch_ns + event.due) and self._room()):
                return
            self._hand_over(event)

    def _sleep_until(self, instant_ns: int) -> bool:
        """False where the publisher is to stop."""
        while (remaining_ns := instant_ns - time.monotonic_ns()) > 0:
            if self._stopping.wait(min(remaining_ns / 1e9, LONGEST_SLEEP_S)):
                return False
        return not self._stopping.is_set()

    def _room(self) -> bool:
        while len(self._due) >= MAX_UNDER_WAY:
            if self._stopping.wait(FULL_WAIT_S):
                return False
        return True

    def _hand_over(self, event: Event) -> None:
        with self._lock:
            self._due.append(event)
            called, self._called = self._called, True
        if not called:
            self._loop.call_soon_threadsafe(self._take)

    def _take(self) -> None:
        """On the loop: append what was handed over. Never in the loop's queue twice."""
        turn_ends_ns = time.monotonic_ns() + TURN_NS
        while True:
            with self._lock:
                if not self._due:
                    self._called = False
                    return
                event = self._due.popleft()
            if event.due in self._window:
                self._note(event, time.monotonic_ns())
            self._history.append(event)
            if time.monotonic_ns() > turn_ends_ns:
                self._loop.call_soon(self._take)
                return

    def _note(self, event: Event, now_ns: int) -> None:
        self.lags_ns.append(now_ns - self._epoch_ns - event.due)
        self.first_window_seq = self.first_window_seq or event.seq
