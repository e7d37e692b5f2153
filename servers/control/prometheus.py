"""`GET /metrics` on the control port: the server's account in Prometheus' text format."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from feed.process import Usage

CONTENT_TYPE = CONTENT_TYPE_LATEST
LAG_BUCKETS_S = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def text(*, last_seq: int, lags_ns: Iterable[int], used: Usage, transports: Iterable[str]) -> bytes:
    """The page that a scrape gets. lags_ns: appended - due, of each event due in the window."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Account(last_seq, sorted(lags_ns), used, tuple(transports)))
    return generate_latest(registry)


class _Account(Collector):
    def __init__(
        self, last_seq: int, lags_ns: list[int], used: Usage, transports: tuple[str, ...]
    ) -> None:
        self._last_seq = last_seq
        self._lags_ns = lags_ns
        self._used = used
        self._transports = transports

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily(
            "pushbench_events_published", "Events appended to the feed.", value=self._last_seq
        )
        cpu = CounterMetricFamily(
            "pushbench_server_cpu_seconds", "CPU time of the server process.", labels=["mode"]
        )
        cpu.add_metric(["user"], self._used.user_ns / 1e9)
        cpu.add_metric(["system"], self._used.system_ns / 1e9)
        yield cpu
        yield GaugeMetricFamily(
            "pushbench_server_resident_memory_bytes",
            "Resident memory of the server process.",
            value=self._used.rss_bytes,
        )
        served = GaugeMetricFamily(
            "pushbench_transport_served", "1 for each transport served.", labels=["transport"]
        )
        for transport in self._transports:
            served.add_metric([transport], 1)
        yield served
        yield self._lag()

    def _lag(self) -> Metric:
        """Cumulative, as the format wants it."""
        buckets = [
            (str(limit_s), bisect_right(self._lags_ns, limit_s * 1e9)) for limit_s in LAG_BUCKETS_S
        ]
        return HistogramMetricFamily(
            "pushbench_publish_lag_seconds",
            "How late events of the window were appended.",
            buckets=[*buckets, ("+Inf", len(self._lags_ns))],
            sum_value=sum(self._lags_ns) / 1e9,
        )
