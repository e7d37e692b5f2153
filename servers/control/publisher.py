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
        self._pacer = self._paced(events)
        self._history = history
        self._window = range(0)
        self.epoch_ns: int  # once it is started
        self.first_window_seq = 0
        self.lags_ns = array("q")

    def start(self, epoch_ns: int, window: range = range(0)) -> None:
        """Publish from `epoch_ns` on, by time.monotonic_ns(); call once, on the running loop.

        window: as of watch().
        """
        self.watch(window)
        self.epoch_ns = epoch_ns
        self._pacer.start(epoch_ns)

    def resume(self, events: Iterator[Event]) -> None:
        """After stop(): publish these from now on; their numbers follow the History's last.

        Their due times count from the same epoch.
        """
        self._pacer = self._paced(events)
        self._pacer.start(self.epoch_ns)

    def watch(self, window: range) -> None:
        """From now on, for each event whose due time lies in `window` (ns since the epoch),
        appended - due goes to lags_ns, and the seq of the first of them to first_window_seq.
        """
        self._window = window
        self.first_window_seq = 0
        self.lags_ns = array("q")

    def stop(self) -> None:
        """Nothing is appended from here on. Call before the loop is closed."""
        self._pacer.stop()

    def _paced(self, events: Iterator[Event]) -> Pacer[Event]:
        return Pacer(((event.due, event) for event in events), self._append, "publisher")

    def _append(self, event: Event) -> None:
        if event.due in self._window:
            self._note(event, time.monotonic_ns())
        self._history.append(event)

    def _note(self, event: Event, now_ns: int) -> None:
        self.lags_ns.append(now_ns - self.epoch_ns - event.due)
        self.first_window_seq = self.first_window_seq or event.seq
