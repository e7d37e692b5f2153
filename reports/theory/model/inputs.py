"""The inputs of theory's models: a trial's scenario, the feed of its round, the measured link.

No measured latency, count or byte of the trial is in it, so that a prediction can be wrong. Two
measurements are: the link's round trip, made before the trial, and one poll's sizes.
"""

import math
from dataclasses import dataclass

import msgspec
import numpy as np

from feed.schedule import NS_PER_S, events_before
from feed.spec import FeedSpec
from feed.transport import SHORT_POLL, WEBSOCKET, parsed
from loadgen.runfile.figures import MessageSizes
from loadgen.runfile.run import InputError, Run, Trial
from reports.theory.model.wire_sizes import PING_EACH_NS, PINGED, Ints

MAX_EVENTS = 200_000
MS = 1_000_000
NEVER_NS = 2**62
# What a server and a generator may take of their own time (`ModelInputs.allowance_ns`).
ONE_BY_ONE_NS = 2 * MS
AT_ONCE_NS = 5 * MS
EACH_CLIENT_NS = MS // 20
# When a client connects theory does not know, and takes it to be a second before the epoch.
CONNECTED_BEFORE_NS = NS_PER_S


@dataclass(frozen=True, eq=False)
class SampledFeed:
    """The feed of one round, event after event from seq 1 on; message_bytes: of its JSON."""

    due_ns: Ints
    message_bytes: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelInputs:
    """One trial as theory sees it; instants are ns since the epoch, spans are ns.

    transit_ns   one way between client and server; 0 where the link was not measured.
    reach_ns     from a poll's planned instant to its arrival: one transit, or three where a
                 connection comes first (SYN there and back, RFC 9293 section 3.5), or five where
                 TLS does as well (one more round trip, RFC 8446 section 2).
    rate_per_s   mean events per second; None for a trace, which has none of its own.
    at_once      events at one due instant.
    random       the gaps are exponential; else they are all alike.
    sampled      the round's feed; None where it cannot be sampled again: `no_feed` says why.
    sizes        of one poll, or of an echo's POST; None where they are not known.
    echoes       the clients send texts of payload_bytes, and each is answered: there is no feed.
    text_rate_per_s  how many texts a client of an echo sends a second; 0 for a feed.
    changed      why bytes do not follow from the messages' sizes; "" where they do.
    serving_ns   from a long poll's event until its answer leaves: nothing in theory, and in
                 forecast.py the allowance, to see what it would change.
    """

    transport: str
    clients: int
    start_ns: int
    end_ns: int
    interval_ns: int
    timeout_ns: int
    keep_alive: bool
    transit_ns: int
    transit_known: bool
    rate_per_s: float | None
    at_once: int
    random: bool
    payload_bytes: int
    sampled: SampledFeed | None
    no_feed: str
    sizes: MessageSizes | None
    changed: str
    encrypted: bool
    batched: bool
    echoes: bool = False
    text_rate_per_s: float = 0.0
    serving_ns: int = 0

    @property
    def window_s(self) -> float:
        return (self.end_ns - self.start_ns) / NS_PER_S

    @property
    def pings(self) -> int:
        """Of Socket.IO to each client, in the window: of those at 24 s, 49 s and so on."""
        if self.transport not in PINGED:
            return 0
        before, after = self.start_ns + CONNECTED_BEFORE_NS, self.end_ns + CONNECTED_BEFORE_NS
        return -(-after // PING_EACH_NS) - -(-before // PING_EACH_NS)

    @property
    def allowance_ns(self) -> int:
        """What server and generator may take of their own time, in the mean.

        Short polls and an echo's texts come one by one; all others are served at once, 10,000 a
        second, and a client waits for half of them.
        """
        if self.one_by_one:
            return ONE_BY_ONE_NS
        return AT_ONCE_NS + self.clients * EACH_CLIENT_NS

    @property
    def one_by_one(self) -> bool:
        """What asks the server comes at instants of its own, and not all clients' at once."""
        return self.echoes or self.transport == SHORT_POLL

    @property
    def reach_ns(self) -> int:
        if self.keep_alive or parsed(self.transport).pushes:
            return self.transit_ns
        return self.transit_ns * (5 if self.encrypted else 3)

    @property
    def turnaround_ns(self) -> int:
        """From the instant of an answer in the server until the next poll's arrival there."""
        return self.transit_ns + self.reach_ns

    @property
    def step_ns(self) -> int:
        """Between two short polls: a slot is left out while the poll before it is still out."""
        return max(1, math.ceil(self.turnaround_ns / self.interval_ns)) * self.interval_ns


def model_inputs(run: Run, trial: Trial) -> ModelInputs:
    """Of a trial that gave figures. Round n has the seed feed.seed + n - 1 (docs/adr/0003)."""
    scenario, figures, name = run.scenario, trial.figures, parsed(trial.transport)
    assert figures is not None
    feed, echoes = scenario.feed, scenario.workload == "echo"
    start_ns = round(scenario.trial.warmup_s * NS_PER_S)
    end_ns = start_ns + round(scenario.trial.duration_s * NS_PER_S)
    transit_ns = round(figures.link.rtt.p50_ns / 2) if figures.link else 0
    feed_unknown = figures.outside is not None and figures.outside.expected_from == "seq"
    sampled, no_feed = None, "an echo has no feed"
    if feed_unknown:
        no_feed = "the target does not say what it pushes"
    elif not echoes:
        sampled, no_feed = _sample(feed, trial, end_ns + 5 * transit_ns)
    compressed = scenario.http.compression and name.traits.compression != "never"
    return ModelInputs(
        transport=name.protocol,
        clients=scenario.clients.count,
        start_ns=start_ns,
        end_ns=end_ns,
        interval_ns=round(scenario.poll.interval_s * NS_PER_S),
        timeout_ns=round(scenario.poll.timeout_s * NS_PER_S),
        keep_alive=scenario.poll.keep_alive,
        transit_ns=transit_ns,
        transit_known=figures.link is not None,
        rate_per_s=None if feed.schedule == "trace" or feed_unknown else feed.rate_per_s,
        at_once=feed.burst_events if feed.schedule == "burst" else 1,
        random=feed.schedule == "poisson",
        payload_bytes=scenario.echo.payload_bytes if echoes else feed.payload_bytes,
        sampled=sampled,
        no_feed=no_feed,
        sizes=figures.exchange,
        changed="compression changes the sizes" if compressed else "",
        encrypted=scenario.http.tls,
        echoes=echoes,
        text_rate_per_s=scenario.echo.rate_per_s if echoes else 0.0,
        batched=not echoes and name.protocol == WEBSOCKET and bool(scenario.websocket.batch_ms),
    )


def _sample(feed: FeedSpec, trial: Trial, end_ns: int) -> tuple[SampledFeed | None, str]:
    """The round's feed before end_ns, or why there is none.

    A feed that ran before the trial has one seed for all rounds; its due times count from the
    trial's beginning here, and are below 0 before it.
    """
    outside = trial.figures.outside if trial.figures else None
    since_ns = outside.begins_ns if outside else 0
    if outside is None:
        feed = msgspec.structs.replace(feed, seed=feed.seed + trial.round - 1)
    end_ns += since_ns
    if feed.schedule != "trace" and feed.rate_per_s * end_ns / NS_PER_S > MAX_EVENTS:
        return None, f"the round has more than {MAX_EVENTS:,} events"
    try:
        events = events_before(feed, end_ns)
    except InputError:
        return None, "the trace cannot be read here"
    due_ns = np.array([event.due - since_ns for event in events], dtype=np.int64)
    sizes = [len(msgspec.json.encode(event)) for event in events]
    return SampledFeed(due_ns, np.array(sizes, dtype=np.int64)), ""
