"""The [feed] table of a scenario: which events are pushed, and when."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

# The lower bounds keep every due time a finite number of ns.
Rate = Annotated[float, Meta(ge=0.000_001, le=1_000_000)]
Speed = Annotated[float, Meta(ge=0.000_001, le=1_000_000_000)]


class FeedSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is pushed. The same spec makes the same feed, event for event, on every transport.

    schedule       how the due times are drawn.
    rate_per_s     mean events per second (not for `trace`, which brings its own times).
    burst_events   events that fall due at one instant (`burst` only).
    payload        `fixed`: each text has payload_bytes; `log-normal`: that is their mean.
    payload_bytes  length of an event's text in bytes (not for `trace`).
    seed           of the due times, the lengths and the texts.
    trace          path of a JSON Lines file, `{"t": seconds, "data": text}` a line.
    speed          how many times faster than recorded the trace is replayed.
    """

    schedule: Literal["constant", "poisson", "burst", "trace"] = "poisson"
    rate_per_s: Rate = 2.0
    burst_events: Annotated[int, Meta(ge=1, le=100_000)] = 10
    payload: Literal["fixed", "log-normal"] = "fixed"
    payload_bytes: Annotated[int, Meta(ge=1, le=1_000_000)] = 120
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 1
    trace: str = ""
    speed: Speed = 1.0

    def __post_init__(self) -> None:
        if self.schedule == "trace" and not self.trace:
            raise ValueError('Expected a file in `trace`, as `schedule` is "trace"')
