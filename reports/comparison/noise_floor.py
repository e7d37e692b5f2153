"""The noise floor: how far a transport differs from itself, measured in the same run. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from feed.transport import parsed
from reports.comparison.intervals import NEEDS_ROUNDS, Interval, interval
from reports.formatting import units
from reports.formatting.transport_style import look
from reports.formatting.wording import wording
from reports.summary.summary import Summary, paired_ratio, workload

EQUAL_WITHIN = 0.05
COMPARED: Mapping[str, str] = {
    "latency_p50_ns": "latency",
    "ip_bytes_per_delivery": "bytes",
    "protocol_bytes_per_delivery": "protocol bytes",
    "server_cpu_ns_per_delivery": "server CPU",
    "server_rss_bytes_per_client": "server memory",
}


@dataclass(frozen=True)
class Floor:
    """Ratios that are no difference, from low to high, 1 among them.

    itself  the interval of a transport's ratio to itself; None where the run has no such pair, or
            too few rounds of it, so that the floor is the rule: 5 %.
    """

    low: float
    high: float
    itself: Interval | None = None

    def holds(self, ratio: float) -> bool:
        return self.low <= ratio <= self.high


RULE = Floor(1 - EQUAL_WITHIN, 1 + EQUAL_WITHIN)


def floor(summaries: Iterable[Summary], key: str) -> Floor:
    """From the widest interval of a transport against itself; else the rule."""
    found = [
        own for pair in _pairs(summaries) if (own := interval(paired_ratio(*pair, key))) is not None
    ]
    widest = max(found, key=_width, default=None)
    if widest is None:
        return RULE
    width = _width(widest)
    return Floor(1 / width, width, widest)


def compared(summaries: Sequence[Summary]) -> dict[str, str]:
    """key → name of what is compared: protocol bytes only where the kernel counted no others."""
    counted = any(summary["ip_bytes_per_delivery"] is not None for summary in summaries)
    unused = "protocol_bytes_per_delivery" if counted else "ip_bytes_per_delivery"
    found = {key: name for key, name in COMPARED.items() if key != unused}
    return found | {"latency_p50_ns": wording(workload(summaries)).latency}


def told(summaries: Sequence[Summary]) -> str:
    """What the run says of its own noise, or what it would need to say it, in a sentence or two."""
    pairs = _pairs(summaries)
    if not pairs:
        return (
            "This run does not hold a transport against itself (--null), so a ratio within "
            f"{EQUAL_WITHIN * 100:.0f}{units.GAP}% of 1 is not called a difference."
        )
    names = " and ".join(look(theirs.transport).name for _, theirs in pairs)
    spans = [
        f"{units.factor(own.low)} to {units.factor(own.high)} for {name}"
        for key, name in compared(summaries).items()
        if (own := floor(summaries, key).itself) is not None
    ]
    if not spans:
        return f"{names} stands against itself in this run, but the comparison {NEEDS_ROUNDS}."
    return (
        f"The same transport against itself ({names}): ratio {', '.join(spans)}. "
        "Nothing smaller is called a difference."
    )


def _pairs(summaries: Iterable[Summary]) -> list[tuple[Summary, Summary]]:
    """A transport under its second name, and under its first."""
    known = {summary.transport: summary for summary in summaries}
    return [
        (summary, known[first])
        for name, summary in known.items()
        if parsed(name).is_again and (first := name.partition("#")[0]) in known
    ]


def _width(own: Interval) -> float:
    """How many times apart the same may be, whichever of the two is the larger."""
    return max(own.high, 1 / own.low if own.low else float("inf"), 1.0)
