"""A worker's task and its result: both travel between processes, or machines."""

from dataclasses import dataclass

from feed.schedule import NS_PER_S
from feed.spec import FeedSpec
from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.distribution import Samples
from loadgen.recording.recorder import Table
from loadgen.recording.tally import Tally
from loadgen.runfile.figures import BrowserFigures, WorkerFigures
from loadgen.runfile.scenario import Scenario

# received_ns is on the worker's monotonic clock, due_ns since the epoch.
ARRIVALS = ("client", "seq", "due_ns", "message_bytes", "received_ns")


@dataclass(frozen=True, kw_only=True)
class Running:
    """A feed that ran before the trial, at a server that is not ours.

    after            the newest event's seq before the clients connected.
    feed             what is pushed; None: not known.
    clock_offset_ns  the clock of its control port - ours.
    """

    after: int
    feed: FeedSpec | None
    clock_offset_ns: int


@dataclass(frozen=True, kw_only=True)
class Task:
    """What one worker has to do in one trial.

    url        where clients reach the server.
    authority  of the server's certificate, PEM; "" without TLS.
    control    URL of the control port, with the barrier.
    share      the indices of this worker's clients, out of all scenario.clients.count.
    index      of this worker, out of `workers`, for which the barrier waits.
    progress   host and port to which datagrams with the deliveries so far are sent.
    running    None: the barrier starts the scenario's feed.
    samples    whether to return every arrival.
    pages      the clients are pages in a browser.
    """

    transport: str
    scenario: Scenario
    url: str
    control: str
    share: range
    index: int
    workers: int
    loop: str
    progress: tuple[str, int]
    authority: str = ""
    running: Running | None = None
    samples: bool = False
    pages: bool = False

    @property
    def window_ns(self) -> range:
        """In ns since the epoch."""
        start_ns = round(self.scenario.trial.warmup_s * NS_PER_S)
        return range(start_ns, start_ns + round(self.scenario.trial.duration_s * NS_PER_S))


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one worker measured; the results of several workers add up.

    setup          bytes and segments up to the barrier.
    connect_ns     one sample a client: how long it took to connect.
    window, whole  bytes and segments within the window, and from connecting to the last close.
    epoch_ns       of the feed, on the worker's monotonic clock.
    begins_ns      from the feed's epoch to the instant from which this trial's warm-up counts.
    stolen_share   of the machine's CPU time within the window; None where it has no counters.
    arrivals       a row per arrival, with the columns ARRIVALS; None where they are not kept.
    browser        None where the clients were not pages.
    """

    tally: Tally
    setup: ByteCounts
    connect_ns: Samples
    window: ByteCounts
    whole: ByteCounts
    figures: WorkerFigures
    epoch_ns: int
    begins_ns: int
    stolen_share: float | None
    arrivals: Table | None = None
    browser: BrowserFigures | None = None
