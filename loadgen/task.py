"""What a worker is told and what it gives back: both travel between processes, or machines."""

from dataclasses import dataclass

from loadgen import fold
from loadgen.distribution import Samples
from loadgen.figures import BrowserFigures, WorkerFigures
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
    live: tuple[str, int]
    authority: str = ""
    pages: bool = False


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one worker measured; the results of several workers add up.

    setup          bytes and segments up to the barrier.
    connect_ns     one sample a client: how long it took to connect.
    window, whole  bytes and segments within the window, and from connecting to the last close.
    stolen_share   of the machine's CPU time within the window; None where it does not tell.
    browser        None where the clients were no pages.
    """

    tally: fold.Tally
    setup: Wire
    connect_ns: Samples
    window: Wire
    whole: Wire
    figures: WorkerFigures
    stolen_share: float | None
    browser: BrowserFigures | None = None
