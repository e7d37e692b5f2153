"""The publisher: appends each event of the feed to the History when it is due."""

import time
from array import array
from collections.abc import Iterator

from feed.event import Event
from feed.history import History
from feed.pacer import Pacer


class Publisher:
    """Appends each event when it is due, and never before.

    A late event is appended at once, with the `due` it was planned for: the feed is never shifted.

    epoch_ns  from which `due` counts, by time.monotonic_ns(); once it is started.
    lags_ns   see watch().
    """

    epoch_ns: int

    def __init__(self, events: Iterator[Event], history: History) -> None:
        """events: in the order of their due times; may be endless."""
        self._pacer = self._paced(events)
        self._history = history
        self.watch(range(0))

    def start(self, epoch_ns: int) -> None:
        """Publish from `epoch_ns` on; call once, on the running loop."""
        self.epoch_ns = epoch_ns
        self._pacer.start(epoch_ns)

    def resume(self, events: Iterator[Event]) -> None:
        """After stop(): publish these from now on; their numbers follow the History's last.

        Their due times count from the same epoch.
        """
        self._pacer = self._paced(events)
        self._pacer.start(self.epoch_ns)

    def watch(self, window: range) -> None:
        """From now on, appended - due of each event that is due within `window`, in ns since the
        epoch, goes to lags_ns.
        """
        self._window = window
        self.lags_ns = array("q")

    def stop(self) -> None:
        """Nothing is appended from here on. Call before the loop is closed."""
        self._pacer.stop()

    def _paced(self, events: Iterator[Event]) -> Pacer[Event]:
        return Pacer(((event.due, event) for event in events), self._append, "publisher")

    def _append(self, event: Event) -> None:
        if event.due in self._window:
            self.lags_ns.append(time.monotonic_ns() - self.epoch_ns - event.due)
        self._history.append(event)
