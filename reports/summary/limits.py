"""What each check looks at, and where its limit lies. Pure.

An examination is given a trial's figures and its poll interval, in ns, or 0 where it has none; it
gives what was seen and the limit, both as text with a unit, or None where the trial passes.
"""

from collections.abc import Callable

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
