"""The report's measured sections: heading, how to read it, picture, table. Pure but for drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadgen.run import Run
from reports import shown, tables
from reports.analysis import Summary
from reports.measures import BY_KEY
from reports.pictures import Picture, pictures
from reports.tables import Table
from reports.transports import heading, look

_TEXTS = {
    "latency": (
        "How old an event is when it arrives",
        "Each curve climbs as events arrive: the further left, the fresher. "
        "The dot marks the median.",
    ),
    "requests": (
        "Requests, useful and empty",
        "A useful request came back with at least one event, an empty one with nothing.",
    ),
    "layers": (
        "Bytes for each delivered event",
        "From the text itself outwards; each layer adds to the one before it.",
    ),
    "cpu": (
        "CPU time for 1,000 deliveries",
        "The server’s own time, and the time that the clients together took.",
    ),
    "memory": (
        "Memory for each client",
        "By how much the processes had grown, divided by the connected clients.",
    ),
}


@dataclass(frozen=True)
class Section:
    """One question, its picture and the table behind it."""

    key: str
    heading: str
    reading: str
    picture: Picture
    table: Table


@dataclass(frozen=True)
class Figure:
    """A big figure and what it counts."""

    text: str
    label: str


@dataclass(frozen=True)
class Card:
    """A transport's big figures. state: "sick", "failed" or "" for a sound one."""

    name: str
    colour: str
    state: str
    figures: tuple[Figure, ...]


def sections(run: Run, summaries: Sequence[Summary]) -> tuple[Section, ...]:
    """In the order in which they are read."""
    drawn = pictures(run, summaries)
    return tuple(
        Section(key, title, reading, drawn[key], tables.of_measures(title, key, summaries))
        for key, (title, reading) in _TEXTS.items()
    )


def cards(summaries: Sequence[Summary]) -> tuple[Card, ...]:
    """One for each transport."""
    return tuple(_card(summary) for summary in summaries)


def _card(summary: Summary) -> Card:
    figures = (
        Figure(_text(summary, "latency_p50_ns"), "old on arrival, at the median"),
        _requests(summary),
        Figure(_text(summary, "ip_bytes_per_delivery"), "on the wire per event"),
        Figure(_text(summary, "server_cpu_ns_per_delivery"), "server CPU per 1,000 deliveries"),
    )
    return Card(
        heading(summary.transport), look(summary.transport).colour, _state(summary), figures
    )


def _requests(summary: Summary) -> Figure:
    if summary["requests_per_s"] == 0:
        return Figure("0", "requests once connected")
    return Figure(_text(summary, "empty_share"), "of requests for nothing")


def _state(summary: Summary) -> str:
    if not summary.rounds:
        return "failed" if summary.failed_rounds else "not measured"
    return "" if summary.generator_healthy else "sick"


def _text(summary: Summary, key: str) -> str:
    return shown.median(summary, BY_KEY[key])
