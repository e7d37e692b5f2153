"""One transport held against another: less, more, or no telling. Pure."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from feed.transport import WEBSOCKET, parsed
from reports.comparison.intervals import Interval, interval
from reports.comparison.noise_floor import RULE, Floor
from reports.summary.summary import Summary, paired_ratio

Verdict = Literal["less", "equal", "more"]


@dataclass(frozen=True)
class Comparison:
    """ours ÷ theirs, the median over the rounds that both have.

    interval  of that median; None with fewer than 3 rounds.
    verdict   equal within the noise floor, or where the interval holds 1; without an interval,
              where the rounds do not agree on which is the smaller.
    """

    ratio: float
    interval: Interval | None
    verdict: Verdict


def compare(ours: Summary, theirs: Summary, key: str, floor: Floor = RULE) -> Comparison | None:
    """None where no round has both numbers, or theirs is not positive."""
    ratios = paired_ratio(ours, theirs, key)
    if not ratios:
        return None
    middle, found = statistics.median(ratios), interval(ratios)
    around = found or Interval(min(ratios), max(ratios))
    level = floor.holds(middle) or (len(ratios) > 1 and around.holds(1))
    return Comparison(middle, found, "equal" if level else "less" if middle < 1 else "more")


def baseline(summaries: Iterable[Summary]) -> Summary | None:
    """What the others are held against, out of those that delivered something.

    WebSocket if it is there, else the pushing transport with the lowest median latency (the bare
    socket only where there is no other); None where nothing pushes.
    """
    pushing = [s for s in by_our_clients(summaries) if parsed(s.transport).pushes and s["received"]]
    pushing = [s for s in pushing if not parsed(s.transport).is_again]
    if not pushing:
        return None
    return min(pushing, key=_rank)


def by_our_clients(summaries: Iterable[Summary]) -> list[Summary]:
    """Without those that pages received, whose wire bytes are not known; all, where all are."""
    every = list(summaries)
    return [s for s in every if not parsed(s.transport).in_chromium] or every


def one_of_each(summaries: Iterable[Summary]) -> list[Summary]:
    """One for each protocol: by the default library where the run has it, else the first."""
    chosen: dict[str, Summary] = {}
    for summary in summaries:
        name = parsed(summary.transport).protocol
        if name not in chosen or summary.transport == name:
            chosen[name] = summary
    return list(chosen.values())


def _rank(summary: Summary) -> tuple[bool, bool, bool, float]:
    first, library = parsed(summary.transport).protocol, "@" in summary.transport
    latency_ns = summary["latency_p50_ns"]
    return (
        first != WEBSOCKET,
        first == WEBSOCKET and library,
        parsed(summary.transport).traits.bare,
        float("inf") if latency_ns is None else latency_ns,
    )
