"""The publisher: each event of the feed into the History when it is due, and never before."""

import time
from array import array
from collections.abc import Iterator

from feed.event import Event
from feed.history import History
from feed.pacer import Pacer


class Publisher:
    """Appends each event when it is due.

    An event that is late already is appended at once, with the `due` it was planned for: the feed
    catches up and is never shifted.
    """

    def __init__(self, events: Iterator[Event], history: History) -> None:
        """events: in the order of their due times; may be endless."""
        self._pacer = Pacer(((event.due, event) for event in events), self._append, "publisher")
        self._history = history
        self._window = range(0)
        self._epoch_ns: int
        self.first_window_seq = 0
        self.lags_ns = array("q")

    def start(self, epoch_ns: int, window: range = range(0)) -> None:
        """Publish from `epoch_ns` on, by time.monotonic_ns(); call once, on the running loop.

        For each event whose due time lies in `window` (ns since the epoch), appended - due goes
        to lags_ns, and the seq of the first of them to first_window_seq.
        """
        self._epoch_ns = epoch_ns
        self._window = window
        self._pacer.start(epoch_ns)

    def stop(self) -> None:
        """Nothing is appended from here on. Call before the loop is closed."""
        self._pacer.stop()

    def _append(self, event: Event) -> None:
        if event.due in self._window:
            self._note(event, time.monotonic_ns())
        self._history.append(event)

    def _note(self, event: Event, now_ns: int) -> None:
        self.lags_ns.append(now_ns - self._epoch_ns - event.due)
        self.first_window_seq = self.first_window_seq or event.seq
