"""A Scenario: everything that decides a run, typed, with its defaults and its ranges."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from feed.spec import FeedSpec

TRANSPORTS = ("short-poll", "long-poll", "websocket")
HeaderProfile = Literal["minimal", "chrome", "quantum-2010"]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
SecondsOrNone = Annotated[float, Meta(ge=0, le=86_400)]


def spoken(transport: str) -> str:
    """The transport behind a name: `websocket#2` is `websocket` once more, held against itself."""
    return transport.partition("#")[0]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the scenario file: unknown keys are refused."""


class ClientsSpec(_Table, frozen=True):
    """How many subscribers there are, and the headers that their requests carry."""

    count: Annotated[int, Meta(ge=1, le=100_000)] = 100
    headers: HeaderProfile = "chrome"
    workers: Annotated[int, Meta(ge=0, le=1_024)] = 0  # 0: one for each core but the server's


class PollSpec(_Table, frozen=True):
    """interval_s: of short polls. timeout_s: how long the server may hold a long poll."""

    interval_s: Annotated[float, Meta(ge=0.001, le=86_400)] = 1.0
    timeout_s: Annotated[float, Meta(gt=0, le=600)] = 30.0
    keep_alive: bool = True


class LinkSpec(_Table, frozen=True):
    """The network between clients and server; all 0: what is there anyway.

    rtt_ms               round trip added, half of it in each direction.
    jitter_ms            the added one-way delay varies evenly by up to this much, either way.
    bandwidth_bit_per_s  of each client's link, in each direction; 0: no limit.
    loss                 share of packets lost, in each direction.
    """

    rtt_ms: Annotated[float, Meta(ge=0, le=60_000)] = 0.0
    jitter_ms: Annotated[float, Meta(ge=0, le=30_000)] = 0.0
    bandwidth_bit_per_s: Annotated[int, Meta(ge=0, le=100_000_000_000)] = 0
    loss: Annotated[float, Meta(ge=0, lt=1)] = 0.0


class HttpSpec(_Table, frozen=True):
    """Switches that hold for both twins alike: gzip and permessage-deflate; https and wss."""

    compression: bool = False
    tls: bool = False


class WebSocketSpec(_Table, frozen=True):
    """batch_ms: the server gathers events for this long and pushes them together; 0: at once."""

    batch_ms: Annotated[float, Meta(ge=0, le=60_000)] = 0.0


class TrialSpec(_Table, frozen=True):
    """warm-up, window and drain of each trial, in seconds; and how often all of it is repeated."""

    warmup_s: SecondsOrNone = 1.0
    duration_s: Seconds = 8.0
    drain_s: SecondsOrNone = 2.0
    rounds: Annotated[int, Meta(ge=1, le=1_000)] = 3


class Scenario(_Table, frozen=True):
    """One scenario file. Each key's meaning and range is in docs/scenarios.md."""

    name: str = "custom"
    description: str = ""
    workload: Literal["feed"] = "feed"
    transports: Annotated[tuple[str, ...], Meta(min_length=1)] = TRANSPORTS
    feed: FeedSpec = FeedSpec()
    clients: ClientsSpec = ClientsSpec()
    poll: PollSpec = PollSpec()
    trial: TrialSpec = TrialSpec()

    def __post_init__(self) -> None:
        for transport in self.transports:
            if spoken(transport) not in TRANSPORTS:
                known = ", ".join(TRANSPORTS)
                raise ValueError(f"Expected `transports` out of {known}, got `{transport}`")
        if len(set(self.transports)) != len(self.transports):
            raise ValueError("Expected each of `transports` once")

    def longest_drain_s(self, transport: str) -> float:
        """How long a trial of `transport` waits at most for the window's last events, in seconds.

        An event that is due at the window's very end reaches a short-poller one interval later,
        which is no fault of anybody: that time comes on top of trial.drain_s.
        """
        interval_s = self.poll.interval_s if spoken(transport) == "short-poll" else 0.0
        return interval_s + self.trial.drain_s
