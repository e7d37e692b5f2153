"""Within one run: one transport against another, and which one is the baseline."""

from collections.abc import Iterable, Iterator, Mapping

from feed.transport import WEBSOCKET, parsed
from reports.comparison.difference import Difference, difference, practical, rounds_of
from reports.comparison.intervals import Interval, interval
from reports.summary.summary import Summary

COMPARED: Mapping[str, str] = {
    "latency_p50_ns": "latency",
    "ip_bytes_per_delivery": "bytes",
    "protocol_bytes_per_delivery": "protocol bytes",
    "server_cpu_ns_per_delivery": "server CPU",
    "server_rss_bytes_per_client": "server memory",
}


def compare(
    ours: Summary, theirs: Summary, key: str, run: Iterable[Summary] = ()
) -> Difference | None:
    """ours ÷ theirs, in the rounds that both have; None without such, or where one is not positive.

    run  all transports of the run, for what one of them differs by from itself.
    """
    rounds = rounds_of(ours, theirs, key)
    if not rounds.has_ratio:
        return None
    return difference(rounds, practical(key), itself=itself(key, run))


def itself(key: str, *runs: Iterable[Summary]) -> Interval | None:
    """The interval of a transport's ratio to itself (--null), the widest that the runs have.

    None where they have no such pair, or fewer than 3 rounds of it.
    """
    pairs = (rounds_of(*pair, key) for run in runs for pair in second_selves(run))
    found = (interval(pair.each("ratio")) for pair in pairs if pair.has_ratio)
    return max(filter(None, found), key=lambda own: own.widest_ratio, default=None)


def second_selves(run: Iterable[Summary]) -> Iterator[tuple[Summary, Summary]]:
    """A transport under its second name, and under its first."""
    known = {summary.transport: summary for summary in run}
    for name, summary in known.items():
        if parsed(name).is_again and (first := parsed(name).served) in known:
            yield summary, known[first]


def baseline(summaries: Iterable[Summary]) -> Summary | None:
    """What the others are compared with, out of those that delivered something.

    WebSocket if it is there, else the pushing transport with the lowest median latency (the bare
    socket only where there is no other); None where nothing pushes.
    """
    received = [s for s in by_our_clients(summaries) if s["received"]]
    first = [s for s in received if not parsed(s.transport).is_again]
    return min((s for s in first if parsed(s.transport).pushes), key=_rank, default=None)


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
    is_websocket = parsed(summary.transport).protocol == WEBSOCKET
    latency_ns = summary["latency_p50_ns"]
    return (
        not is_websocket,
        is_websocket and "@" in summary.transport,
        parsed(summary.transport).traits.bare,
        float("inf") if latency_ns is None else latency_ns,
    )
