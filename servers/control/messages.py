"""Control messages: what server and load generator exchange about a trial, as JSON."""

from typing import Annotated

import msgspec
from msgspec import Meta

from feed.process import Usage
from feed.spec import FeedSpec

MAX_SPAN_NS = 7 * 24 * 3600 * 1_000_000_000


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The first line on standard output: everything listens.

    urls       transport -> the URL its clients connect to.
    echo       transport of the echo -> the URL to send texts to.
    control    URL of the control port, without a path.
    libraries  name -> version, of the transports served.
    """

    pushbench: str = "ready"
    pid: int
    urls: dict[str, str]
    echo: dict[str, str]
    control: str
    loop: str
    libraries: dict[str, str]
    python: str


class About(Ready, frozen=True, kw_only=True):
    """What `GET /pushbench` answers: the ready line, the newest event's seq and the feed."""

    last_seq: int
    feed: FeedSpec


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each worker brings to the barrier: all of them the same."""

    workers: Annotated[int, Meta(ge=1, le=1_000_000)]
    warmup_ns: Annotated[int, Meta(ge=0, le=MAX_SPAN_NS)]
    duration_ns: Annotated[int, Meta(ge=1, le=MAX_SPAN_NS)]


class Opening(msgspec.Struct, frozen=True):
    """The barrier's answer, by time.monotonic_ns().

    epoch_ns   the instant from which `due` counts.
    begins_ns  the instant from which this trial's warm-up counts: the epoch, or, of a feed that
               was running already, one soon after the barrier opened.
    """

    epoch_ns: int
    begins_ns: int


class Published(msgspec.Struct, frozen=True):
    """The events appended so far; last_seq is 0 before the first."""

    last_seq: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What the server did and used; what has not happened yet is None.

    ready             used before any client connected.
    window_start/end  used at the two ends of the window.
    now               used until this answer.
    lags_ns           appended - due, of each event due in the window, in the order of seq.
    """

    ready: Usage
    window_start: Usage | None
    window_end: Usage | None
    now: Usage
    epoch_ns: int | None
    published: Published
    lags_ns: list[int]
    loop: str
    libraries: dict[str, str]
