"""One transport held against another: less, more, or no telling. Pure."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from reports.analysis import Summary, paired_ratio
from reports.transports import is_floor, look

Verdict = Literal["less", "equal", "more"]

EQUAL_WITHIN = 0.05


@dataclass(frozen=True)
class Comparison:
    """ours ÷ theirs, the median over the rounds that both have.

    verdict  equal within 5 %, or where the rounds do not agree on which is the smaller.
    """

    ratio: float
    verdict: Verdict


def compare(ours: Summary, theirs: Summary, key: str) -> Comparison | None:
    """None where no round has both numbers, or theirs is not positive."""
    ratios = paired_ratio(ours, theirs, key)
    if not ratios:
        return None
    return Comparison(statistics.median(ratios), _verdict(ratios))


def _verdict(ratios: tuple[float, ...]) -> Verdict:
    middle = statistics.median(ratios)
    if abs(middle - 1) <= EQUAL_WITHIN or min(ratios) < 1 < max(ratios):
        return "equal"
    return "less" if middle < 1 else "more"


def baseline(summaries: Iterable[Summary]) -> Summary | None:
    """What the others are held against, out of those that delivered something.

    WebSocket if it is there, else the pushing transport with the lowest median latency (the bare
    socket only where there is no other); None where nothing pushes.
    """
    pushing = [s for s in summaries if look(s.transport).pushes and s["received"]]
    if not pushing:
        return None
    return min(pushing, key=_rank)


def _rank(summary: Summary) -> tuple[bool, bool, bool, float]:
    word, _, library = summary.transport.partition("@")
    latency_ns = summary["latency_p50_ns"]
    return (
        word != "websocket",
        word == "websocket" and library != "",
        is_floor(summary.transport),
        float("inf") if latency_ns is None else latency_ns,
    )
