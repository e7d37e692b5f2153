"""Protocol or library? What a protocol costs at its cheapest, and what each library adds.

A protocol served by one library shows the sum of both. Where a run has several, the cheapest is
taken as what the protocol costs here: the protocol itself cannot cost more than that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from feed.transport import parsed
from loadgen.runfile.run import Run
from reports.comparison.difference import Difference
from reports.comparison.ratio_table import cell, span
from reports.comparison.ratios import compare
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading, style_of
from reports.formatting.wording import wording
from reports.sections.answer import opening
from reports.summary import tables
from reports.summary.measures import of_workload
from reports.summary.summary import Summary

CPU, MEMORY = "server_cpu_ns_per_delivery", "server_rss_bytes_per_client"
WIRE = ("ip_bytes_per_delivery", "protocol_bytes_per_delivery")

Pairs = Sequence[tuple[Summary, Summary]]  # each with the one that it is compared with


@dataclass(frozen=True)
class Libraries:
    """sentences: one for each protocol with several libraries, then polling against push.

    tables: empty where no protocol has more than one library. An echo has no polls.
    """

    sentences: tuple[str, ...]
    tables: tuple[Table, ...]


def libraries(run: Run, summaries: Sequence[Summary]) -> Libraries:
    """Of what was delivered; second selves and the bare socket are left out."""
    by_protocol: dict[str, list[Summary]] = {}  # in the scenario's order
    for each in summaries:
        if each["received"] and each[CPU] and parsed(each.transport).is_choice:
            by_protocol.setdefault(parsed(each.transport).protocol, []).append(each)
    groups = [sorted(group, key=_cost) for group in by_protocol.values()]
    several = [group for group in groups if len(group) > 1]
    if not several:
        return Libraries((), ())
    costs = _Costs(run, summaries)
    sentences = [costs.of_protocol(group) for group in several]
    pairs = [(one, group[0]) for group in several for one in group]
    keys = [MEMORY, *costs.wire_that_differs(pairs)]
    shown = [costs.table("Server cost by protocol and library", "÷ its cheapest", pairs, keys)]
    cheapest = sorted((group[0] for group in groups), key=_cost)
    polls = [one for one in cheapest if not parsed(one.transport).pushes]
    pushes = [one for one in cheapest if parsed(one.transport).pushes]
    if polls and pushes and run.scenario.workload == "feed":
        sentences.append(costs.of_polling(polls[0], pushes[0]))
        best = [(one, pushes[0]) for one in cheapest]
        shown.append(costs.table("Each protocol at its cheapest", "÷ cheapest push", best, []))
    return Libraries(tuple(sentences), tuple(shown))


def library(run: Run, transport: str) -> str:
    """What served it: behind the @, or what the server said of itself; "" where it did not."""
    named = parsed(transport).library
    found = (
        " and ".join(trial.figures.server.libraries)
        for trial in run.trials
        if trial.transport == transport and trial.figures and trial.figures.server
    )
    return named or next(found, "")


def _cost(summary: Summary) -> float:
    return float(summary[CPU] or 0)


@dataclass(frozen=True)
class _Costs:
    """Sentences and tables on the server CPU of a run's transports."""

    run: Run
    summaries: Sequence[Summary]

    def of_protocol(self, group: Sequence[Summary]) -> str:
        """What a protocol costs at its cheapest, and what each other library adds."""
        first, *others = group
        added = ", ".join(
            f"{library(self.run, each.transport)} {self._adds(each, first)}" for each in others
        )
        return (
            f"{opening(group, style_of(parsed(first.transport).protocol).name)} costs "
            f"{units.per_thousand(first[CPU])} of server CPU per 1,000 "
            f"{wording(self.run.scenario.workload).deliveries} at its cheapest here, with "
            f"{library(self.run, first.transport)}; {added}."
        )

    def of_polling(self, poll: Summary, push: Summary) -> str:
        """Polling against push, each with its cheapest library."""
        found = compare(poll, push, CPU, self.summaries)
        names = " and ".join(style_of(self._served(each.transport)).name for each in (poll, push))
        figures = " against ".join(units.per_thousand(each[CPU]) for each in (poll, push))
        start = opening((poll, push), f"each at its cheapest, {names}, ")
        if found is None:
            return f"{start}polling and push are not to be compared."
        if found.verdict == "no difference":
            return f"{start}polling is level with push in server CPU ({figures})."
        times = f"{units.ratio(found.amount)} the server CPU of push{_edges(found)}"
        return f"{start}polling takes {times}: {figures}."

    def wire_that_differs(self, pairs: Pairs) -> list[str]:
        """The key of bytes per delivery, where one of these differs in it from its cheapest."""
        counted = [key for key in WIRE if all(each[key] for each, _ in pairs)][:1]
        found = (compare(*pair, key, self.summaries) for key in counted for pair in pairs)
        return counted if any(one and one.found for one in found) else []

    def table(self, caption: str, ratio: str, pairs: Pairs, keys: Sequence[str]) -> Table:
        """A row for each of the pairs: its CPU, that ÷ the other's CPU, its further figures."""
        cpu, *further = (of_workload(self.run.scenario.workload)[key] for key in (CPU, *keys))
        rows = (
            (
                Cell(self._heading(each)),
                tables.cell(each, cpu),
                Cell("1") if each is to else cell(compare(each, to, CPU, self.summaries)),
                *(tables.cell(each, measure) for measure in further),
            )
            for each, to in pairs
        )
        head = ("", cpu.label, ratio, *(measure.label for measure in further))
        return Table(caption, head, tuple(rows))

    def _adds(self, ours: Summary, first: Summary) -> str:
        found = compare(ours, first, CPU, self.summaries)
        if found is None:
            return "is not to be compared"
        if found.verdict == "no difference":
            return f"is level with it{_edges(found)}"
        return f"takes {units.ratio(found.amount)} as much{_edges(found)}"

    def _heading(self, summary: Summary) -> str:
        sick = "" if summary.generator_healthy else " (sick)"
        return f"{heading(self._served(summary.transport))}{sick}"

    def _served(self, transport: str) -> str:
        """With its library, the default one too: "websocket@websockets"."""
        served_by = library(self.run, transport)
        return f"{parsed(transport).protocol}@{served_by}" if served_by else transport


def _edges(found: Difference) -> str:
    if found.verdict == "cannot tell":
        return f" (may be chance: {span(found)})"
    return f" ({span(found)})" if found.interval else ""
