"""What a worker is told and what it gives back: both travel between processes, or machines."""

from dataclasses import dataclass

from feed.schedule import NS_PER_S
from loadgen import fold
from loadgen.distribution import Samples
from loadgen.figures import WorkerFigures
from loadgen.scenario import Scenario
from loadgen.wire import Wire


@dataclass(frozen=True, kw_only=True)
class Task:
    """What one worker has to do in one trial.

    url        where clients reach the server.
    authority  whom they trust to vouch for it, PEM; "" without TLS.
    share      the indices of this worker's clients, out of all scenario.clients.count.
    index      of this worker, out of `workers`, for which the barrier waits.
    live       host and port where to tell the deliveries so far.
    """

    transport: str
    scenario: Scenario
    url: str
    control: str
    share: range
    index: int
    workers: int
    loop: str
    live: tuple[str, int]
    authority: str = ""

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
    stolen_share   of the machine's CPU time within the window; None where it does not tell.
    """

    tally: fold.Tally
    setup: Wire
    connect_ns: Samples
    window: Wire
    whole: Wire
    figures: WorkerFigures
    stolen_share: float | None
