"""The closed list of checks on a trial, each with its limit, its likely cause and a remedy."""

from collections.abc import Callable
from dataclasses import dataclass

from loadgen.run import Figures
from reports import units
from reports.amounts import (
    busiest_worker_share,
    enough_samples,
    loop_lag_p99,
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
PERCENTILES = ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"))

Beyond = tuple[str, str]
Examine = Callable[[Figures, float], Beyond | None]


@dataclass(frozen=True)
class Check:
    """examine  (figures, poll interval in ns or 0) → what was seen and the limit; None: passed.
    sickens  the load generator measured itself: the trial's numbers are no facts.
    """

    name: str
    examine: Examine
    cause: str
    remedy: str
    sickens: bool = False


def _over(value: float | None, limit: float, text: Callable[[float], str]) -> Beyond | None:
    return None if value is None or value <= limit else (text(value), text(limit))


def _cpu(figures: Figures, interval_ns: float) -> Beyond | None:
    return _over(busiest_worker_share(figures), MAX_CPU_SHARE, units.share)


def _loop_lag(figures: Figures, interval_ns: float) -> Beyond | None:
    latency_ns = figures.latency.p99_ns if figures.latency else 0
    limit_ns = min(max(MIN_LOOP_LAG_NS, latency_ns / 2), MAX_LOOP_LAG_NS)
    return _over(loop_lag_p99(figures), limit_ns, units.duration)


def _delay(figures: Figures, interval_ns: float) -> Beyond | None:
    limit_ns = min(MAX_DELAY_NS, interval_ns * MAX_DELAY_INTERVALS or MAX_DELAY_NS)
    return _over(request_delay_p99(figures), limit_ns, units.duration)


def _publish_lag(figures: Figures, interval_ns: float) -> Beyond | None:
    return _over(publish_lag_p99(figures), MAX_PUBLISH_LAG_NS, units.duration)


def _samples(figures: Figures, interval_ns: float) -> Beyond | None:
    count = figures.latency.count if figures.latency else 0
    thin = [name for quantile, name in PERCENTILES if not enough_samples(count, quantile)]
    if not thin:
        return None
    return f"{units.count(count)} for {', '.join(thin)}", "10 beyond each percentile"


def _none_of(number: Callable[[Figures], int]) -> Examine:
    return lambda figures, interval_ns: _over(number(figures), 0, units.count)


FAILED = Check(
    name="failed trial",
    examine=lambda figures, interval_ns: None,
    cause="The server or a worker did not get through the trial.",
    remedy="Read the reason, mend it and run again; the other trials stand.",
)

CHECKS = (
    Check(
        name="generator CPU",
        examine=_cpu,
        cause="A worker process had no time left, so arrivals waited in its sockets.",
        remedy="Fewer clients, or more workers on more cores.",
        sickens=True,
    ),
    Check(
        name="loop lag",
        examine=_loop_lag,
        cause="A worker's event loop, or the machine, was busy: arrivals were noticed late.",
        remedy="Fewer clients per worker, and nothing else running on the machine.",
        sickens=True,
    ),
    Check(
        name="request delay",
        examine=_delay,
        cause="The generator sent its polls later than planned.",
        remedy="Fewer clients per worker, or a longer poll interval.",
        sickens=True,
    ),
    Check(
        name="publish lag",
        examine=_publish_lag,
        cause="The server, busy with its clients, published late; the latency contains it.",
        remedy="Take it as the server's limit, or lower the rate or the number of clients.",
    ),
    Check(
        name="lost events",
        examine=_none_of(lambda figures: figures.deliveries.lost),
        cause="Events had not arrived when the drain ended, or the server had dropped them.",
        remedy="A longer drain; if they stay lost, the server is overloaded.",
    ),
    Check(
        name="duplicates",
        examine=_none_of(lambda figures: figures.deliveries.duplicates),
        cause="A client was given an event again, after it had connected anew.",
        remedy="Look for failed requests and closed connections in the same trial.",
    ),
    Check(
        name="out of order",
        examine=_none_of(lambda figures: figures.deliveries.out_of_order),
        cause="A newer event overtook an older one.",
        remedy="Look for requests of one client that overlap.",
    ),
    Check(
        name="missed slots",
        examine=_none_of(lambda figures: figures.requests.missed_slots),
        cause="A poll took longer than the interval, so the next one was left out.",
        remedy="A longer interval, or fewer clients: the server answers too slowly for this one.",
    ),
    Check(
        name="failed requests",
        examine=_none_of(lambda figures: figures.requests.failed),
        cause="The server refused, broke off or answered with an error.",
        remedy="Read the server's output; try fewer clients if it ran out of connections.",
    ),
    Check(
        name="gaps",
        examine=_none_of(lambda figures: figures.deliveries.gaps),
        cause="A client came back after the server had let go of the next event.",
        remedy="A longer history in the server, or a shorter poll interval.",
    ),
    Check(
        name="too few samples",
        examine=_samples,
        cause="The window held few deliveries: a handful of them decides the percentile.",
        remedy="A longer window, more clients or a higher rate.",
    ),
)
