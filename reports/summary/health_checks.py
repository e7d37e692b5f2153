"""The closed list of checks on a trial, each with its likely cause and a remedy."""

from collections.abc import Callable
from dataclasses import dataclass

from loadgen.runfile.figures import Figures
from reports.formatting import units
from reports.summary.formulas import (
    busiest_worker_share,
    clock_distance,
    enough_samples,
    loop_lag_max,
    loop_lag_p99,
    publish_lag_max,
    publish_lag_p99,
    request_delay_p99,
)

MS = 1_000_000
MAX_CPU_SHARE = 0.9
MIN_LOOP_LAG_NS = 5 * MS
MAX_LOOP_LAG_NS = 50 * MS
MAX_DELAY_NS = 50 * MS
MAX_DELAY_INTERVALS = 0.1
MAX_PUBLISH_LAG_NS = 20 * MS
MAX_STALL_NS = 100 * MS
MIN_PAUSE_NS = 100 * MS
MAX_PAUSE_NS = 250 * MS
MAX_STOLEN_SHARE = 0.05
MAX_CLOCK_DISTANCE_NS = 1_000 * MS
PERCENTILES = ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"))

Beyond = tuple[str, str]
Examine = Callable[[Figures, float], Beyond | None]


def over(value: float | None, limit: float, text: Callable[[float], str]) -> Beyond | None:
    return None if value is None or value <= limit else (text(value), text(limit))


def cpu(figures: Figures, interval_ns: float) -> Beyond | None:
    return over(busiest_worker_share(figures), MAX_CPU_SHARE, units.share)


def loop_lag(figures: Figures, interval_ns: float) -> Beyond | None:
    latency_ns = figures.latency.p99_ns if figures.latency else 0
    limit_ns = min(max(MIN_LOOP_LAG_NS, latency_ns / 2), MAX_LOOP_LAG_NS)
    return over(loop_lag_p99(figures), limit_ns, units.duration)


def delay(figures: Figures, interval_ns: float) -> Beyond | None:
    limit_ns = min(MAX_DELAY_NS, interval_ns * MAX_DELAY_INTERVALS or MAX_DELAY_NS)
    return over(request_delay_p99(figures), limit_ns, units.duration)


def publish_lag(figures: Figures, interval_ns: float) -> Beyond | None:
    return over(publish_lag_p99(figures), MAX_PUBLISH_LAG_NS, units.duration)


def stall(figures: Figures, interval_ns: float) -> Beyond | None:
    return over(publish_lag_max(figures), MAX_STALL_NS, units.duration)


def pause(figures: Figures, interval_ns: float) -> Beyond | None:
    latency_ns = figures.latency.p99_ns if figures.latency else 0
    limit_ns = min(max(MIN_PAUSE_NS, latency_ns / 2), MAX_PAUSE_NS)
    return over(loop_lag_max(figures), limit_ns, units.duration)


def stolen(figures: Figures, interval_ns: float) -> Beyond | None:
    return over(figures.stolen_share, MAX_STOLEN_SHARE, units.share)


def clocks(figures: Figures, interval_ns: float) -> Beyond | None:
    return over(clock_distance(figures), MAX_CLOCK_DISTANCE_NS, units.duration)


def samples(figures: Figures, interval_ns: float) -> Beyond | None:
    count = figures.latency.count if figures.latency else 0
    thin = [name for quantile, name in PERCENTILES if not enough_samples(count, quantile)]
    if not thin:
        return None
    return f"{units.count(count)}, which hides {', '.join(thin)}", "10 beyond each percentile"


def none_of(number: Callable[[Figures], int]) -> Examine:
    return lambda figures, interval_ns: over(number(figures), 0, units.count)


@dataclass(frozen=True)
class Check:
    """examine  what was seen and the limit, both as text; None: passed.
    sickens  the load generator measured itself: the trial's numbers are no facts.
    """

    name: str
    examine: Examine
    cause: str
    remedy: str
    sickens: bool = False


FAILED = Check(
    name="failed trial",
    examine=lambda figures, interval_ns: None,
    cause="The server or a worker did not get through the trial.",
    remedy="Read the reason, mend it and run again; the other trials stand.",
)

THEORY = Check(
    name="theory",
    examine=lambda figures, interval_ns: None,
    cause="The time of server, generator and machine, which theory lacks, or too plain a model.",
    remedy="Read it as the cost of the implementation; look at the trial’s other findings first.",
)

MIXED_HOSTS = Check(
    name="mixed hosts",
    examine=clocks,
    cause="Clocks that began at different times: server, worker or trials were on two machines.",
    remedy="All on one host; a latency is only as good as the comparison of its two clocks.",
)

CHECKS = (
    Check(
        name="generator CPU",
        examine=cpu,
        cause="A worker process had no time left, so arrivals waited in its sockets.",
        remedy="Fewer clients, or more workers on more cores.",
        sickens=True,
    ),
    Check(
        name="loop lag",
        examine=loop_lag,
        cause="A worker's event loop, or the machine, was busy: arrivals were noticed late.",
        remedy="Fewer clients per worker, and nothing else running on the machine.",
        sickens=True,
    ),
    Check(
        name="client pause",
        examine=pause,
        cause="A worker stood still once for so long, and noticed its arrivals late.",
        remedy="Nothing else running on the machine; fewer workers than cores.",
        sickens=True,
    ),
    Check(
        name="stolen CPU",
        examine=stolen,
        cause="The host of a virtual machine, or a container’s quota, withheld the processor.",
        remedy="A machine of its own, or a larger quota.",
        sickens=True,
    ),
    Check(
        name="request delay",
        examine=delay,
        cause="The generator sent later than planned.",
        remedy="Fewer clients per worker, or a longer interval between two requests of one.",
        sickens=True,
    ),
    Check(
        name="publish lag",
        examine=publish_lag,
        cause="The server, busy with its clients, published late; the latency contains it.",
        remedy="Take it as the server's limit, or lower the rate or the number of clients.",
    ),
    Check(
        name="server stall",
        examine=stall,
        cause="The server stood still once, and the events that were due meanwhile came late.",
        remedy="Look at what the server did then; the p99 and the worst latency contain it.",
    ),
    MIXED_HOSTS,
    Check(
        name="lost events",
        examine=none_of(lambda figures: figures.deliveries.lost),
        cause="What was due had not arrived when the drain ended, or the server had dropped it.",
        remedy="A longer drain; if as much stays lost, the server is overloaded.",
    ),
    Check(
        name="duplicates",
        examine=none_of(lambda figures: figures.deliveries.duplicates),
        cause="A client was given an event again, after it had connected anew.",
        remedy="Look for failed requests and closed connections in the same trial.",
    ),
    Check(
        name="out of order",
        examine=none_of(lambda figures: figures.deliveries.out_of_order),
        cause="Something newer overtook something older.",
        remedy="Look for requests of one client that overlap.",
    ),
    Check(
        name="missed slots",
        examine=none_of(lambda figures: figures.requests.missed_slots),
        cause="A poll took longer than the interval, so the next one was left out.",
        remedy="A longer interval, or fewer clients: the server answers too slowly for this one.",
    ),
    Check(
        name="failed requests",
        examine=none_of(lambda figures: figures.requests.failed),
        cause="The server refused, broke off or answered with an error.",
        remedy="Read the server's output; try fewer clients if it ran out of connections.",
    ),
    Check(
        name="gaps",
        examine=none_of(lambda figures: figures.deliveries.gaps),
        cause="A client came back after the server had let go of the next event.",
        remedy="A longer history in the server, or a shorter poll interval.",
    ),
    Check(
        name="too few samples",
        examine=samples,
        cause="The window held few deliveries: a handful of them decides the percentile.",
        remedy="A longer window, more clients or a higher rate.",
    ),
)
