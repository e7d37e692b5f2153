"""Every number that is published of a trial: its key, its name for people and how it is found.

reports/summary/glossary.py says in a sentence what each means, docs/method.md at length.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from reports.summary import echo_measures, formulas
from reports.summary.formulas import (
    Amount,
    bytes_per_delivery,
    delivery,
    latency,
    percentile,
    request,
)
from reports.summary.glossary import MEANING

Kind = Literal["time", "cpu", "bytes", "share", "count", "rate", "flag"]


@dataclass(frozen=True)
class Measure:
    """One published number.

    key    its name in JSON and CSV, with its unit.
    kind   how it is written for people (reports/summary/measure_text.py).
    label  its name for people.
    of     its value in one trial; None where a number would mean nothing.
    told   what it means, where it is not as in the glossary.
    """

    key: str
    kind: Kind
    label: str
    of: Amount
    told: str = ""

    @property
    def meaning(self) -> str:
        """One short sentence."""
        return self.told or MEANING[self.key]


MEASURES = (
    Measure("expected", "count", "events expected", delivery("expected")),
    Measure("delivered", "count", "events delivered", delivery("delivered")),
    Measure("lost", "count", "events lost", delivery("lost")),
    Measure("duplicates", "count", "duplicates", delivery("duplicates")),
    Measure("out_of_order", "count", "out of order", delivery("out_of_order")),
    Measure("late", "count", "late events", delivery("late")),
    Measure("gaps", "count", "gaps", delivery("gaps")),
    Measure("received", "count", "received in the window", delivery("received")),
    Measure("latency_mean_ns", "time", "latency, mean", latency("mean_ns")),
    Measure("latency_p50_ns", "time", "latency, median", percentile("p50_ns", 0.5)),
    Measure("latency_p90_ns", "time", "latency, p90", percentile("p90_ns", 0.9)),
    Measure("latency_p99_ns", "time", "latency, p99", percentile("p99_ns", 0.99)),
    Measure("latency_p999_ns", "time", "latency, p99.9", percentile("p999_ns", 0.999)),
    Measure("latency_max_ns", "time", "latency, worst", latency("max_ns")),
    Measure("requests_per_s", "rate", "requests", formulas.requests_per_s),
    Measure("requests_useful", "count", "useful requests", request("useful")),
    Measure("requests_empty", "count", "empty requests", request("empty")),
    Measure("failed_requests", "count", "failed requests", request("failed")),
    Measure("empty_share", "share", "requests for nothing", formulas.empty_share),
    Measure("missed_slots", "count", "missed slots", request("missed_slots")),
    Measure("request_delay_p99_ns", "time", "request delay, p99", formulas.request_delay_p99),
    Measure(
        "payload_bytes_per_delivery",
        "bytes",
        "payload per event",
        bytes_per_delivery("payload_bytes"),
    ),
    Measure(
        "message_bytes_per_delivery",
        "bytes",
        "message per event",
        bytes_per_delivery("message_bytes"),
    ),
    Measure(
        "protocol_bytes_per_delivery",
        "bytes",
        "protocol per event",
        bytes_per_delivery("protocol_bytes"),
    ),
    Measure(
        "tcp_bytes_per_delivery", "bytes", "TCP stream per event", bytes_per_delivery("tcp_bytes")
    ),
    Measure(
        "ip_bytes_per_delivery", "bytes", "on the wire per event", bytes_per_delivery("ip_bytes")
    ),
    Measure("up_bytes", "bytes", "sent up, in all", lambda f: f.window.up.protocol_bytes),
    Measure("down_bytes", "bytes", "sent down, in all", lambda f: f.window.down.protocol_bytes),
    Measure("waste_share", "share", "not payload", formulas.waste_share),
    Measure("setup_bytes_per_client", "bytes", "connecting, per client", formulas.setup_per_client),
    Measure("setup_time_p50_ns", "time", "connecting, median", formulas.setup_time),
    Measure(
        "server_cpu_ns_per_delivery",
        "cpu",
        "server CPU per 1,000 deliveries",
        formulas.server_cpu_per_delivery,
    ),
    Measure(
        "generator_cpu_ns_per_delivery",
        "cpu",
        "generator CPU per 1,000 deliveries",
        formulas.generator_cpu_per_delivery,
    ),
    Measure("server_cpu_share", "share", "server CPU share", formulas.server_cpu_share),
    Measure("generator_cpu_share", "share", "busiest worker", formulas.busiest_worker_share),
    Measure(
        "server_rss_bytes_per_client",
        "bytes",
        "server memory per client",
        formulas.server_rss_per_client,
    ),
    Measure(
        "generator_rss_bytes_per_client",
        "bytes",
        "generator memory per client",
        formulas.generator_rss_per_client,
    ),
    Measure("loop_lag_p99_ns", "time", "loop lag, p99", formulas.loop_lag_p99),
    Measure("loop_lag_max_ns", "time", "loop lag, worst", formulas.loop_lag_max),
    Measure("publish_lag_p99_ns", "time", "publish lag, p99", formulas.publish_lag_p99),
    Measure("publish_lag_max_ns", "time", "publish lag, worst", formulas.publish_lag_max),
    Measure("stolen_share", "share", "CPU stolen or throttled", lambda f: f.stolen_share),
)

BY_KEY = {measure.key: measure for measure in MEASURES}


def _of_echo(measure: Measure) -> Measure:
    label, told = echo_measures.WORDED.get(measure.key, (measure.label, measure.told))
    return replace(measure, label=label, told=told)


_OF_WORKLOAD: Mapping[str, Mapping[str, Measure]] = {
    "feed": BY_KEY,
    "echo": {key: _of_echo(m) for key, m in BY_KEY.items() if key not in echo_measures.HIDDEN},
}


def of_workload(workload: str) -> Mapping[str, Measure]:
    """key → measure, of those that have a meaning in this workload and with their names in it."""
    return _OF_WORKLOAD[workload]
