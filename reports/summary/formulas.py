"""Arithmetic on one trial's figures. None wherever a number would mean nothing; never NaN."""

from collections.abc import Callable

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
        told = latency is not None and enough_samples(latency.count, quantile)
        return field(latency, name) if told else None

    return of


def sent_requests(figures: Figures) -> int:
    """Requests that were sent, whatever became of them."""
    requests = figures.requests
    return requests.useful + requests.empty + requests.failed


def requests_per_s(figures: Figures) -> float | None:
    return per(sent_requests(figures) * NS_PER_S, figures.window_ns)


def empty_share(figures: Figures) -> float | None:
    return per(figures.requests.empty, sent_requests(figures))


def request_delay_p99(figures: Figures) -> Number | None:
    return field(figures.requests.delay, "p99_ns")


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


def setup_time(figures: Figures) -> Number | None:
    """Median over the clients, in ns."""
    return field(figures.setup.duration, "p50_ns") if figures.setup else None


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


def server_cpu_per_delivery(figures: Figures) -> float | None:
    return per(server_cpu_ns(figures), figures.deliveries.received)


def generator_cpu_per_delivery(figures: Figures) -> float | None:
    return per(generator_cpu_ns(figures), figures.deliveries.received)


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


def loop_lag_p99(figures: Figures) -> Number | None:
    """Of the worker that was latest."""
    lags = (field(worker.loop_lag, "p99_ns") for worker in figures.workers)
    return max((lag for lag in lags if lag is not None), default=None)


def loop_lag_max(figures: Figures) -> Number | None:
    """The longest time for which a worker stood still."""
    lags = (field(worker.loop_lag, "max_ns") for worker in figures.workers)
    return max((lag for lag in lags if lag is not None), default=None)


def publish_lag_max(figures: Figures) -> Number | None:
    return field(figures.server.publish_lag, "max_ns") if figures.server else None


def clock_distance(figures: Figures) -> int:
    """How far apart server and workers read their clocks at the window's start, in ns.

    0 where the server gives no account, or where the distance was taken out of the latencies.
    """
    if figures.server is None or figures.outside is not None:
        return 0
    server_ns = figures.server.window_start.at_ns
    return max((abs(w.window_start.at_ns - server_ns) for w in figures.workers), default=0)


def publish_lag_p99(figures: Figures) -> Number | None:
    return field(figures.server.publish_lag, "p99_ns") if figures.server else None
