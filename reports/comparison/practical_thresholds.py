"""How small a change of each number is no change in practice, whatever the statistics say. Pure.

Two runs of one scenario minutes apart are not one run: the machine's clock, its caches and its
neighbours have moved on. Rounds that stand close together cannot show that, so a change must also
be larger than what is known of the meters: timers, clock ticks, pages of memory, single segments.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reports.summary.measures import BY_KEY, Kind

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


@dataclass(frozen=True)
class Practical:
    """A change must be beyond both: a share of the lower number, and an amount in its unit."""

    share: float
    amount: Callable[[Size], float]


def _flat(amount: float) -> Callable[[Size], float]:
    return lambda size: amount


def _served(amount_ms: float) -> Callable[[Size], float]:
    """So many ms and, as many clients are served one after another, 0.01 ms for each of them."""
    return lambda size: (amount_ms + 0.01 * size.clients) * MS


_MEMORY = Practical(0.1, lambda size: 2_000_000 / size.clients)  # an allocator takes it by the MB
_BUSY = Practical(0.5, _flat(0.02))

_BY_KIND: Mapping[Kind, Practical] = {
    "bytes": Practical(0.02, _flat(1)),
    "count": Practical(0.02, _flat(1)),
    "rate": Practical(0.02, _flat(0.1)),
    "share": Practical(0, _flat(0.02)),
    "time": Practical(0.1, _served(2)),
    # The same work takes a third more where a neighbour fills the caches; the kernel counts it in
    # ticks of 10 ms.
    "cpu": Practical(0.5, lambda size: 20 * MS / max(size.received, 1)),
}

_BY_KEY: Mapping[str, Practical] = {
    # Whether an acknowledgement travels alone or with data is a matter of microseconds.
    "ip_bytes_per_delivery": Practical(0.05, _flat(1)),
    # The further out, the fewer events decide it; one pause of the machine decides the worst.
    "latency_p99_ns": Practical(0.1, _served(5)),
    "latency_p999_ns": Practical(0.1, _served(10)),
    "latency_max_ns": Practical(0.1, _served(50)),
    # All clients connect at once, in processes that have just begun: as busy as it ever is.
    "setup_time_p50_ns": Practical(0.25, lambda size: (100 + 0.25 * size.clients) * MS),
    "server_cpu_share": _BUSY,
    "generator_cpu_share": _BUSY,
    "server_rss_bytes_per_client": _MEMORY,
    "generator_rss_bytes_per_client": _MEMORY,
}


def practical(key: str) -> Practical:
    """Of a published number."""
    return _BY_KEY.get(key) or _BY_KIND[BY_KEY[key].kind]
