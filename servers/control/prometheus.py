"""`GET /metrics` on the control port: what the server did and used, in Prometheus' text format."""

from bisect import bisect_right
from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from feed.process import Usage

CONTENT_TYPE = CONTENT_TYPE_LATEST
LAG_BUCKETS_S = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def text(last_seq: int, lags_ns: Iterable[int], used: Usage, transports: Iterable[str]) -> bytes:
    """The page that a scrape gets. lags_ns: appended - due, of each event due in the window."""
    lags = sorted(lags_ns)  # the counts of buckets are cumulative, as the format wants it
    buckets = [(str(limit_s), bisect_right(lags, limit_s * 1e9)) for limit_s in LAG_BUCKETS_S]
    metrics = [
        CounterMetricFamily(
            "pushbench_events_published", "Events appended to the feed.", value=last_seq
        ),
        cpu := CounterMetricFamily(
            "pushbench_server_cpu_seconds", "CPU time of the server process.", labels=["mode"]
        ),
        GaugeMetricFamily(
            "pushbench_server_resident_memory_bytes",
            "Resident memory of the server process.",
            value=used.rss_bytes,
        ),
        served := GaugeMetricFamily(
            "pushbench_transport_served", "1 for each transport served.", labels=["transport"]
        ),
        HistogramMetricFamily(
            "pushbench_publish_lag_seconds",
            "How late events of the window were appended.",
            buckets=[*buckets, ("+Inf", len(lags))],
            sum_value=sum(lags) / 1e9,
        ),
    ]
    cpu.add_metric(["user"], used.user_ns / 1e9)
    cpu.add_metric(["system"], used.system_ns / 1e9)
    for transport in transports:
        served.add_metric([transport], 1)
    return generate_latest(_Fixed(metrics))


class _Fixed(list[Metric], Collector):
    """What the library wants to read metrics from."""

    def collect(self) -> Iterable[Metric]:
        return self
