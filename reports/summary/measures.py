"""Every number that is published of a trial: its key, its name for people and how it is found.

reports/summary/measures.py says in a sentence what each means, docs/method.md at length.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from reports.summary import formulas
from reports.summary.formulas import (
    Amount,
    bytes_per_delivery,
    delivery,
    latency,
    percentile,
    request,
)

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


# Without a meaning in an echo: there are no polls and no publisher.
HIDDEN = frozenset(
    {
        "gaps",
        "requests_empty",
        "empty_share",
        "missed_slots",
        "publish_lag_p99_ns",
        "publish_lag_max_ns",
    }
)

# key → label, meaning.
WORDED = {
    "expected": ("exchanges expected", "Texts that were due in the window, of all clients."),
    "delivered": ("exchanges done", "Of the expected, those that were answered."),
    "lost": ("exchanges lost", "Expected, but never answered."),
    "duplicates": ("duplicates", "Further answers to a text that had been answered."),
    "out_of_order": ("out of order", "Answers behind that to a later text of the same client."),
    "late": ("late exchanges", "Answered, but only after the window had closed."),
    "received": (
        "answered in the window",
        "Answers within the window: the exchanges that bytes and CPU are divided by.",
    ),
    "latency_mean_ns": (
        "round trip, mean",
        "The round trip runs from a text’s planned instant to the arrival of its answer.",
    ),
    "latency_p50_ns": (
        "round trip, median",
        "Half of the texts took no longer; left out below 20.",
    ),
    "latency_p90_ns": (
        "round trip, p90",
        "Nine in ten took no longer; left out with fewer than 100 exchanges.",
    ),
    "latency_p99_ns": (
        "round trip, p99",
        "99 in 100 took no longer; left out with fewer than 1,000 exchanges.",
    ),
    "latency_p999_ns": (
        "round trip, p99.9",
        "999 in 1,000 took no longer; left out with fewer than 10,000 exchanges.",
    ),
    "latency_max_ns": ("round trip, worst", "The slowest exchange of a trial."),
    "requests_per_s": ("requests", "HTTP requests of all clients together, answered or failed."),
    "requests_useful": ("answered requests", "Requests that brought their text’s answer."),
    "request_delay_p99_ns": (
        "sending delay, p99",
        "How late the generator told its clients to send a text.",
    ),
    "payload_bytes_per_delivery": ("payload per exchange", "The text and its answer alone."),
    "message_bytes_per_delivery": ("message per exchange", "The same: they are sent as they are."),
    "protocol_bytes_per_delivery": (
        "protocol per exchange",
        "Whole HTTP requests and answers, or WebSocket frames.",
    ),
    "tcp_bytes_per_delivery": (
        "TCP stream per exchange",
        "The TCP streams, as the kernel counted them.",
    ),
    "ip_bytes_per_delivery": (
        "on the wire per exchange",
        "The TCP streams, and 52 bytes of headers for each segment.",
    ),
    "setup_bytes_per_client": (
        "connecting, per client",
        "On the wire for connecting, before the first text, ÷ clients.",
    ),
    "server_cpu_ns_per_delivery": (
        "server CPU per 1,000 exchanges",
        "User and system time of the server, for 1,000 exchanges.",
    ),
    "generator_cpu_ns_per_delivery": (
        "generator CPU per 1,000 exchanges",
        "User and system time of all workers, for 1,000 exchanges.",
    ),
}


MEANING = {
    "rounds": "Trials that gave figures; each figure is the median over them.",
    "failed_rounds": "Trials that gave none.",
    "expected": "Clients × events that were due in the window.",
    "delivered": "Of the expected, those that arrived, each counted once.",
    "lost": "Expected, but never seen to arrive.",
    "duplicates": "Further arrivals of an event that had already arrived.",
    "out_of_order": "Arrivals behind a newer event.",
    "late": "Delivered, but only after the window had closed.",
    "gaps": "Times the server no longer held the events that a client asked for.",
    "received": "Arrivals within the window: the deliveries that bytes and CPU are divided by.",
    "latency_mean_ns": "Delivery latency runs from an event's planned instant to its arrival.",
    "latency_p50_ns": "Half of the deliveries took no longer; left out below 20.",
    "latency_p90_ns": "Nine in ten took no longer; left out with fewer than 100 deliveries.",
    "latency_p99_ns": "99 in 100 took no longer; left out with fewer than 1,000 deliveries.",
    "latency_p999_ns": "999 in 1,000 took no longer; left out with fewer than 10,000 deliveries.",
    "latency_max_ns": "The slowest delivery of a trial.",
    "requests_per_s": "HTTP requests of all clients together, useful, empty or failed.",
    "requests_useful": "Requests that were answered with at least one event.",
    "requests_empty": "Requests that were answered with no event.",
    "failed_requests": "Requests that were answered with an error, or not at all.",
    "empty_share": "Empty requests ÷ all requests.",
    "missed_slots": "Planned polls that were left out, as the poll before was still out.",
    "request_delay_p99_ns": "How late the generator sent its requests.",
    "payload_bytes_per_delivery": "The event's text alone.",
    "message_bytes_per_delivery": "The encoded event: its text, number and planned instant.",
    "protocol_bytes_per_delivery": "Whole HTTP requests and answers, or WebSocket frames.",
    "tcp_bytes_per_delivery": "The TCP streams, as the kernel counted them.",
    "ip_bytes_per_delivery": "The TCP streams, and 52 bytes of headers for each segment.",
    "up_bytes": "Protocol bytes from the clients to the server within the window.",
    "down_bytes": "Protocol bytes from the server to the clients within the window.",
    "waste_share": "1 − payload ÷ bytes on the wire.",
    "setup_bytes_per_client": "On the wire for connecting, before the feed began, ÷ clients.",
    "setup_time_p50_ns": "Half of the clients were connected within this time.",
    "server_cpu_ns_per_delivery": "User and system time of the server, for 1,000 deliveries.",
    "generator_cpu_ns_per_delivery": "CPU time of all workers and a browser, for 1,000 deliveries.",
    "server_cpu_share": "The server's CPU time ÷ the window: 100 % is one core.",
    "generator_cpu_share": "CPU time of the busiest worker ÷ the window: 100 % is one core.",
    "server_rss_bytes_per_client": "Growth of the server's resident memory ÷ clients.",
    "generator_rss_bytes_per_client": "Growth of the workers', and a browser's, memory ÷ clients.",
    "loop_lag_p99_ns": "How late a timer fired in the worker that was latest.",
    "loop_lag_max_ns": "The longest time for which a worker stood still.",
    "publish_lag_p99_ns": "How long after its planned instant the server published an event.",
    "publish_lag_max_ns": "The longest time by which the server published an event late.",
    "stolen_share": "CPU time that the machine was not given, ÷ the window, over all cores.",
    "generator_healthy": "Whether the load generator kept up in every trial.",
}


def _of_echo(measure: Measure) -> Measure:
    label, told = WORDED.get(measure.key, (measure.label, measure.told))
    return replace(measure, label=label, told=told)


_OF_WORKLOAD: Mapping[str, Mapping[str, Measure]] = {
    "feed": BY_KEY,
    "echo": {key: _of_echo(m) for key, m in BY_KEY.items() if key not in HIDDEN},
}


def of_workload(workload: str) -> Mapping[str, Measure]:
    """key → measure, of those that have a meaning in this workload and with their names in it."""
    return _OF_WORKLOAD[workload]
