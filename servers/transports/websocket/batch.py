"""Batching: events that come close together are pushed as one message."""

import asyncio
from collections.abc import Callable

from feed.event import encode_batch


class Batch:
    """Gathers events from the first one on for a time, then pushes them as one JSON array."""

    def __init__(self, span_s: float, push: Callable[[bytes], None]) -> None:
        """span_s: an event is pushed so much later, or up to one step of the loop's timer more."""
        self._span_s = span_s
        self._push = push
        self._gathered: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, message: bytes) -> None:
        """An encoded event. To be called on the running loop."""
        self._gathered.append(message)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._span_s, self.flush)

    def flush(self) -> None:
        """Push what there is, now; nothing where there is none."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._gathered:
            gathered, self._gathered = self._gathered, []
            self._push(encode_batch(gathered))
