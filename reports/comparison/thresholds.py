"""Practical thresholds: the smallest difference worth reporting, per measure.

A difference must be beyond both a share of the lower number and an amount in the measure's unit.
Between two runs it must be beyond a second pair as well: runs of one scenario minutes apart are not
one run, as the machine's clock, its caches and its neighbours have moved on, and rounds that stand
close together within each of them cannot show that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reports.comparison.difference import Threshold
from reports.summary.measures import BY_KEY

MS = 1_000_000

# Nothing of the transports: how well the generator and its machine did. health_checks.py judges.
OF_THE_GENERATOR = frozenset(
    {
        "request_delay_p99_ns",
        "generator_cpu_ns_per_delivery",
        "generator_cpu_share",
        "generator_rss_bytes_per_client",
        "loop_lag_p99_ns",
        "loop_lag_max_ns",
        "publish_lag_p99_ns",
        "publish_lag_max_ns",
        "stolen_share",
    }
)

# Counts of what should not happen: mostly 0, so that a ratio would say nothing.
OF_TROUBLE = frozenset(
    {"lost", "duplicates", "out_of_order", "late", "gaps", "failed_requests", "missed_slots"}
)


@dataclass(frozen=True)
class Size:
    """Of a trial: its clients, and the arrivals in its window."""

    clients: int
    received: float


_PRACTICAL: Mapping[str, Threshold] = {
    "bytes": Threshold(0.02, 1, counted=True),
    "count": Threshold(0.02, 1, counted=True),
    "rate": Threshold(0.02, 0.1, counted=True),
    "share": Threshold(0, 0.02),
    # 50 µs: two round trips of TCP over loopback, at 21 to 26 µs each.
    "time": Threshold(0.05, 50_000),
    "cpu": Threshold(0.1, 0),
    # Whether an acknowledgement travels alone or with data is a matter of microseconds.
    "ip_bytes_per_delivery": Threshold(0.05, 1, counted=True),
    "server_rss_bytes_per_client": Threshold(0.05, 0),
}


def _served(amount_ms: float) -> Callable[[Size], Threshold]:
    """So many ms and, as many clients are served one after another, 0.01 ms for each of them."""
    return lambda size: Threshold(0.1, (amount_ms + 0.01 * size.clients) * MS)


def _memory(size: Size) -> Threshold:
    return Threshold(0.1, 2_000_000 / size.clients)  # an allocator takes it by the MB


_BETWEEN_RUNS: Mapping[str, Callable[[Size], Threshold]] = {
    "time": _served(2),
    # The further out, the fewer events decide it; one pause of the machine decides the worst.
    "latency_p99_ns": _served(5),
    "latency_p999_ns": _served(10),
    "latency_max_ns": _served(50),
    # All clients connect at once, in processes that have just begun: as busy as it ever is.
    "setup_time_p50_ns": lambda size: Threshold(0.25, (100 + 0.25 * size.clients) * MS),
    # The same work takes a third more where a neighbour fills the caches.
    "cpu": lambda size: Threshold(0.5, 20 * MS / max(size.received, 1)),
    "server_cpu_share": lambda size: Threshold(0.5, 0.02),
    "server_rss_bytes_per_client": _memory,
}


def practical(key: str) -> Threshold:
    """Of a published number within one run."""
    return _PRACTICAL.get(key) or _PRACTICAL[BY_KEY[key].kind]


def between_runs(key: str, size: Size) -> Threshold:
    """Of a published number in two runs."""
    wider = _BETWEEN_RUNS.get(key) or _BETWEEN_RUNS.get(BY_KEY[key].kind)
    return wider(size) if wider else practical(key)
