"""Schedules: the planned publish times of a feed, seeded and known before the trial starts.

Each yields whole ns since the trial's epoch, in ascending order. Nothing here looks at a clock, so
a slow server cannot push the plan back.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from random import Random

from feed import payload, trace
from feed.event import Event
from feed.spec import FeedSpec

NS_PER_S = 1_000_000_000


def constant(spec: FeedSpec) -> Iterator[int]:
    """One event each 1/rate seconds.

    The first is due half a gap after the epoch, so that none falls on the edge of a window
    that is a whole number of gaps long.
    """
    return (_ns((index + 0.5) / spec.rate_per_s) for index in itertools.count())


def poisson(spec: FeedSpec) -> Iterator[int]:
    """Independent exponential gaps with a mean of 1/rate seconds."""
    draw = Random(f"{spec.seed}/due")
    due_s = 0.0
    while True:
        due_s -= math.log(1.0 - draw.random()) / spec.rate_per_s
        yield _ns(due_s)


def burst(spec: FeedSpec) -> Iterator[int]:
    """burst_events at one instant, then silence, so that the mean rate is rate_per_s."""
    gap_s = spec.burst_events / spec.rate_per_s
    for index in itertools.count():
        yield from itertools.repeat(_ns((index + 0.5) * gap_s), spec.burst_events)


def _ns(seconds: float) -> int:
    return round(seconds * NS_PER_S)


_SYNTHETIC: dict[str, Callable[[FeedSpec], Iterator[int]]] = {
    "constant": constant,
    "poisson": poisson,
    "burst": burst,
}


def events(spec: FeedSpec) -> Iterator[Event]:
    """The feed itself, seq from 1 on. Endless, but for a trace, which ends where its file does.

    Raises InputError for a trace that cannot be read, at once and not at the first event.
    """
    plan = _recorded(spec) if spec.schedule == "trace" else _synthetic(spec)
    return (Event(seq, due, data) for seq, (due, data) in enumerate(plan, start=1))


def _synthetic(spec: FeedSpec) -> Iterator[tuple[int, str]]:
    return zip(_SYNTHETIC[spec.schedule](spec), payload.texts(spec), strict=False)


def _recorded(spec: FeedSpec) -> Iterator[tuple[int, str]]:
    messages = trace.read(spec.trace)
    return ((_ns(message.t / spec.speed), message.data) for message in messages)


def events_before(spec: FeedSpec, end_ns: int) -> list[Event]:
    """All events that are due before `end_ns` (ns since the epoch), from the first on."""
    return list(itertools.takewhile(lambda event: event.due < end_ns, events(spec)))
