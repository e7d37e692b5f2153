"""Formulas of the measures, each on one trial's figures: None where a number would mean nothing."""

from collections.abc import Callable, Mapping

from loadgen.runfile.figures import BrowserFigures, Distribution, Figures, WorkerFigures

Number = int | float
Amount = Callable[[Figures], Number | None]

MIN_SAMPLES_BEYOND = 10
NS_PER_S = 1_000_000_000


def per(amount: Number | None, units: Number) -> float | None:
    """amount ÷ units; None where there is no amount, or nothing to divide it by."""
    return None if amount is None or units == 0 else amount / units


def enough_samples(count: int, quantile: float) -> bool:
    """At least ten samples lie beyond the quantile, so that no single one decides it."""
    return round(count * (1 - quantile), 6) >= MIN_SAMPLES_BEYOND


def field(distribution: Distribution | None, name: str) -> Number | None:
    """A quantile or the mean, in ns; None where there are no samples."""
    if distribution is None or distribution.count == 0:
        return None
    value: Number = getattr(distribution, name)
    return value


def delivery(name: str) -> Amount:
    """One of the counts in Deliveries."""
    return lambda figures: int(getattr(figures.deliveries, name))


def request(name: str) -> Amount:
    """One of the counts in Requests."""
    return lambda figures: int(getattr(figures.requests, name))


def latency(name: str) -> Amount:
    """The mean of the delivery latency, or its maximum."""
    return lambda figures: field(figures.latency, name)


def percentile(name: str, quantile: float) -> Amount:
    """One of the quantiles of the delivery latency; None with too few samples beyond it."""

    def of(figures: Figures) -> Number | None:
        latency = figures.latency
        enough = latency is not None and enough_samples(latency.count, quantile)
        return field(latency, name) if enough else None

    return of


def sent_requests(figures: Figures) -> int:
    """Requests that were sent, whatever became of them."""
    requests = figures.requests
    return requests.useful + requests.empty + requests.failed


def requests_per_s(figures: Figures) -> float | None:
    return per(sent_requests(figures) * NS_PER_S, figures.window_ns)


def both_ways(figures: Figures, layer: str) -> int | None:
    """Bytes of one layer within the window, up and down; None where the kernel gave no count."""
    up: int | None = getattr(figures.window.up, layer)
    down: int | None = getattr(figures.window.down, layer)
    return None if up is None or down is None else up + down


def bytes_per_delivery(layer: str) -> Amount:
    return lambda figures: per(both_ways(figures, layer), figures.deliveries.received)


def waste_share(figures: Figures) -> float | None:
    """1 - payload ÷ IP bytes."""
    useful = per(both_ways(figures, "payload_bytes"), both_ways(figures, "ip_bytes") or 0)
    return None if useful is None else 1 - useful


def setup_per_client(figures: Figures) -> float | None:
    """IP bytes of connecting, up and down, per client."""
    if figures.setup is None:
        return None
    up, down = figures.setup.traffic.up.ip_bytes, figures.setup.traffic.down.ip_bytes
    return per(None if up is None or down is None else up + down, figures.clients)


def server_cpu_ns(figures: Figures) -> int | None:
    """None, as for all figures of a server that gives no account of itself."""
    if figures.server is None:
        return None
    return figures.server.window_end.cpu_ns - figures.server.window_start.cpu_ns


def generator_cpu_ns(figures: Figures) -> int:
    """Of all workers, and of the browser whose pages were the clients."""
    return sum(
        part.window_end.cpu_ns - part.window_start.cpu_ns for part in _generator_parts(figures)
    )


def _generator_parts(figures: Figures) -> list[WorkerFigures | BrowserFigures]:
    return [*figures.workers, *([figures.browser] if figures.browser else [])]


def server_cpu_share(figures: Figures) -> float | None:
    """CPU time ÷ elapsed time: 1 is one core's whole time."""
    server = figures.server
    if server is None:
        return None
    return per(server_cpu_ns(figures), server.window_end.at_ns - server.window_start.at_ns)


def busiest_worker_share(figures: Figures) -> float | None:
    """The largest CPU time ÷ elapsed time among the worker processes."""
    shares = (
        per(w.window_end.cpu_ns - w.window_start.cpu_ns, w.window_end.at_ns - w.window_start.at_ns)
        for w in figures.workers
    )
    return max((share for share in shares if share is not None), default=None)


def server_rss_per_client(figures: Figures) -> float | None:
    """Growth from before the first client to the window's end, per client."""
    server = figures.server
    if server is None or figures.outside is not None:  # earlier trials have made it grow
        return None
    return per(server.window_end.rss_bytes - server.ready.rss_bytes, figures.clients)


def generator_rss_per_client(figures: Figures) -> float | None:
    parts = _generator_parts(figures)
    grown = sum(part.window_end.rss_bytes - part.ready.rss_bytes for part in parts)
    return per(grown, figures.clients)


def clock_distance(figures: Figures) -> int:
    """How far apart server and workers read their clocks at the window's start, in ns.

    0 where the server gives no account, or where the distance was taken out of the latencies.
    """
    if figures.server is None or figures.outside is not None:
        return 0
    server_ns = figures.server.window_start.at_ns
    return max((abs(w.window_start.at_ns - server_ns) for w in figures.workers), default=0)


def loop_lag(name: str) -> Amount:
    """Of the worker that was latest."""

    def of(figures: Figures) -> Number | None:
        lags = (field(worker.loop_lag, name) for worker in figures.workers)
        return max((lag for lag in lags if lag is not None), default=None)

    return of


def publish_lag(name: str) -> Amount:
    return lambda figures: field(figures.server.publish_lag, name) if figures.server else None


# Key of a measure (measures.toml) → its value in a trial, in the unit that the key names.
FORMULAS: Mapping[str, Amount] = {
    "expected": delivery("expected"),
    "delivered": delivery("delivered"),
    "lost": delivery("lost"),
    "duplicates": delivery("duplicates"),
    "out_of_order": delivery("out_of_order"),
    "late": delivery("late"),
    "gaps": delivery("gaps"),
    "received": delivery("received"),
    "latency_mean_ns": latency("mean_ns"),
    "latency_p50_ns": percentile("p50_ns", 0.5),
    "latency_p90_ns": percentile("p90_ns", 0.9),
    "latency_p99_ns": percentile("p99_ns", 0.99),
    "latency_p999_ns": percentile("p999_ns", 0.999),
    "latency_max_ns": latency("max_ns"),
    "requests_per_s": requests_per_s,
    "requests_useful": request("useful"),
    "requests_empty": request("empty"),
    "failed_requests": request("failed"),
    "empty_share": lambda f: per(f.requests.empty, sent_requests(f)),
    "missed_slots": request("missed_slots"),
    "request_delay_p99_ns": lambda f: field(f.requests.delay, "p99_ns"),
    "payload_bytes_per_delivery": bytes_per_delivery("payload_bytes"),
    "message_bytes_per_delivery": bytes_per_delivery("message_bytes"),
    "protocol_bytes_per_delivery": bytes_per_delivery("protocol_bytes"),
    "tcp_bytes_per_delivery": bytes_per_delivery("tcp_bytes"),
    "ip_bytes_per_delivery": bytes_per_delivery("ip_bytes"),
    "up_bytes": lambda f: f.window.up.protocol_bytes,
    "down_bytes": lambda f: f.window.down.protocol_bytes,
    "waste_share": waste_share,
    "setup_bytes_per_client": setup_per_client,
    "setup_time_p50_ns": lambda f: field(f.setup.duration, "p50_ns") if f.setup else None,
    "server_cpu_ns_per_delivery": lambda f: per(server_cpu_ns(f), f.deliveries.received),
    "generator_cpu_ns_per_delivery": lambda f: per(generator_cpu_ns(f), f.deliveries.received),
    "server_cpu_share": server_cpu_share,
    "generator_cpu_share": busiest_worker_share,
    "server_rss_bytes_per_client": server_rss_per_client,
    "generator_rss_bytes_per_client": generator_rss_per_client,
    "loop_lag_p99_ns": loop_lag("p99_ns"),
    "loop_lag_max_ns": loop_lag("max_ns"),
    "publish_lag_p99_ns": publish_lag("p99_ns"),
    "publish_lag_max_ns": publish_lag("max_ns"),
    "stolen_share": lambda f: f.stolen_share,
}
