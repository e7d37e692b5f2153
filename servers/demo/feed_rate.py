"""The feed of the page: one for all who look, whose rate each of them may change."""

import time
from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from feed import schedule
from feed.event import Event
from feed.history import History
from feed.spec import FeedSpec
from servers.control.publisher import Publisher
from servers.errors import Refusal

MIN_RATE_PER_S = 0.1
MAX_RATE_PER_S = 50.0


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many events a second the feed has, on average."""

    rate_per_s: Annotated[float, Meta(ge=MIN_RATE_PER_S, le=MAX_RATE_PER_S)]


class Tap:
    """Turns the rate of a feed that runs. What is published already stays as it is."""

    def __init__(self, spec: FeedSpec, publisher: Publisher, history: History) -> None:
        self._spec = spec
        self._publisher = publisher
        self._history = history

    @property
    def rate_per_s(self) -> float | None:
        """None for a trace, which brings its own times."""
        return None if self._spec.schedule == "trace" else self._spec.rate_per_s

    def turn(self, rate: Rate) -> None:
        """Draw the events anew from this instant on, at that rate. Raises Refusal (409).

        To be called on the loop, once the publisher has been started.
        """
        if self._spec.schedule == "trace":
            raise Refusal(409, "a trace brings its own times: its rate cannot be changed")
        self._spec = msgspec.structs.replace(
            self._spec, rate_per_s=rate.rate_per_s, seed=(self._spec.seed + 1) % 2**63
        )
        self._publisher.stop()
        now_ns = time.monotonic_ns() - self._publisher.epoch_ns
        drawn = schedule.events(self._spec)
        self._publisher.resume(shifted(drawn, self._history.last_seq, max(now_ns, 0)))


def shifted(events: Iterator[Event], seq: int, due_ns: int) -> Iterator[Event]:
    """The same events so much later, with numbers so much higher."""
    return (Event(event.seq + seq, event.due + due_ns, event.data) for event in events)
