"""A Scenario: all settings of a run, with their types, defaults and ranges."""

import math
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from feed.spec import FeedSpec
from feed.transport import WEBSOCKET, names, parsed

# Which transports are compared where a scenario names none, for what the clients do.
DEFAULTS = {
    "feed": ("short-poll", "long-poll", "websocket"),
    "echo": ("post", "websocket", "socketio-websocket"),
}
HeaderProfile = Literal["minimal", "chrome", "quantum-2010"]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
SecondsOrNone = Annotated[float, Meta(ge=0, le=86_400)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the scenario file: unknown keys are refused; a range refuses nan as well."""


def _refuse_unknown(key: str, transport: str, workload: str) -> None:
    if parsed(transport).served not in names(workload):
        known = ", ".join(names(workload))
        raise ValueError(
            f"Expected `{key}` of the {workload} workload out of {known}, got `{transport}`"
        )


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


class EchoSpec(_Table, frozen=True):
    """What each client of the echo workload sends; feed.seed draws it.

    schedule       how the due times are drawn, for each client by itself.
    rate_per_s     mean texts per second, of one client.
    payload_bytes  of each text, with the number it begins with; the answer has three more.
    """

    schedule: Literal["constant", "poisson"] = "poisson"
    rate_per_s: Annotated[float, Meta(ge=0.001, le=1_000)] = 5.0
    payload_bytes: Annotated[int, Meta(ge=10, le=65_536)] = 120


class LinkSpec(_Table, frozen=True):
    """The network between clients and server, on top of what is there anyway.

    rtt_ms               round trip added, half of it in each direction.
    jitter_ms            the added one-way delay varies evenly by up to this much, either way.
    bandwidth_bit_per_s  of each connection, in each direction; 0: no limit.
    loss                 share of packets lost, in each direction; needs netem (link/netem.py).
    """

    rtt_ms: Annotated[float, Meta(ge=0, le=5_000)] = 0.0
    jitter_ms: Annotated[float, Meta(ge=0, le=2_500)] = 0.0
    bandwidth_bit_per_s: Annotated[int, Meta(ge=0, le=100_000_000_000)] = 0
    loss: Annotated[float, Meta(ge=0, lt=1)] = 0.0

    def __post_init__(self) -> None:
        if self.jitter_ms > self.rtt_ms / 2:
            raise ValueError("Expected `jitter_ms` of at most half of `rtt_ms`")
        if self.loss and self.bandwidth_bit_per_s:
            raise ValueError("Expected `loss` or `bandwidth_bit_per_s`: no one link here has both")

    @property
    def longest_rtt_s(self) -> float:
        """A round trip with the most of jitter both ways."""
        return (self.rtt_ms + 2 * self.jitter_ms) / 1e3


class HttpSpec(_Table, frozen=True):
    """Switches of both twins alike: compression by gzip and permessage-deflate; https and wss."""

    compression: bool = False
    tls: bool = False


class WebSocketSpec(_Table, frozen=True):
    """batch_ms: the server collects events for this long and pushes them together; 0: at once."""

    batch_ms: Annotated[float, Meta(ge=0, le=60_000)] = 0.0


class TrialSpec(_Table, frozen=True):
    """Warm-up, window and drain of each trial, in seconds; and the rounds of a run."""

    warmup_s: SecondsOrNone = 1.0
    duration_s: Seconds = 8.0
    drain_s: SecondsOrNone = 2.0
    rounds: Annotated[int, Meta(ge=1, le=1_000)] = 3


class Scenario(_Table, frozen=True):
    """One scenario file. Each key's meaning and range is in docs/reference/scenarios.md."""

    name: str = "custom"
    description: str = ""
    workload: Literal["feed", "echo"] = "feed"
    transports: Annotated[tuple[str, ...], Meta(min_length=1)] = DEFAULTS["feed"]
    feed: FeedSpec = FeedSpec()
    echo: EchoSpec = EchoSpec()
    clients: ClientsSpec = ClientsSpec()
    poll: PollSpec = PollSpec()
    link: LinkSpec = LinkSpec()
    http: HttpSpec = HttpSpec()
    websocket: WebSocketSpec = WebSocketSpec()
    trial: TrialSpec = TrialSpec()
    # transport.measure: the most that is allowed; the reports check that it is a measure
    limits: dict[str, float] = {}

    def __post_init__(self) -> None:
        for transport in self.transports:
            _refuse_unknown("transports", transport, self.workload)
            name = parsed(transport)
            if name.in_chromium and not name.traits.pages:
                able = (parsed(each) for each in names() if parsed(each).traits.pages)
                known = ", ".join(dict.fromkeys(each.protocol for each in able))
                raise ValueError(f"Expected pages to speak one of {known}, got `{transport}`")
            if self.http.compression and name.traits.compression == "refused":
                raise ValueError(
                    f"Expected `http.compression` to be false with `{transport}`, "
                    "whose library has no permessage-deflate"
                )
        for limit, amount in self.limits.items():
            _refuse_unknown("limits", limit.rpartition(".")[0], self.workload)
            if not math.isfinite(amount):
                raise ValueError(f'Expected `limits."{limit}"` to be a number, got {amount}')
        if len(set(self.transports)) != len(self.transports):
            raise ValueError("Expected each of `transports` once")
        if self.workload != "echo":
            return
        if any(parsed(transport).in_chromium for transport in self.transports):
            raise ValueError("Expected no pages in Chromium: they only receive, and send no texts")
        if self.http.compression:
            raise ValueError("Expected no `http.compression`: an echo's clients do not compress")
        if self.clients.headers == "quantum-2010":
            raise ValueError("Expected other `clients.headers`: `quantum-2010` is a poll, no echo")

    def longest_drain_s(self, transport: str) -> float:
        """How long a trial of `transport` waits at most for the window's last events, in seconds.

        An event that is due at the window's very end reaches a short poll one interval later: that
        time comes on top of trial.drain_s. So do four round trips, as a poll over a new connection
        takes two and the one before may be on its way, and the time for which events are batched.
        """
        name = parsed(transport)
        interval_s = self.poll.interval_s if name.polls_on_grid else 0.0
        batch_s = self.websocket.batch_ms / 1e3 if name.protocol == WEBSOCKET else 0.0
        return interval_s + batch_s + 4 * self.link.longest_rtt_s + self.trial.drain_s
