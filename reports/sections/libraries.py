"""Protocol or library? What a protocol costs at its cheapest, and what each library adds.

A protocol served by one library shows the sum of both. Where a run has several, the cheapest is
taken as what the protocol costs here: the protocol itself cannot cost more than that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from feed.transport import parsed
from loadgen.runfile.run import Run
from reports.comparison.difference import Difference
from reports.comparison.ratio_table import cell, span
from reports.comparison.ratios import compare
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import look
from reports.formatting.wording import wording
from reports.sections.answer import SICK
from reports.summary import measure_text
from reports.summary.measures import BY_KEY, of_workload
from reports.summary.summary import Summary

CPU, MEMORY = "server_cpu_ns_per_delivery", "server_rss_bytes_per_client"
WIRE = ("ip_bytes_per_delivery", "protocol_bytes_per_delivery")

Compare = Callable[[Summary, Summary], Difference | None]


@dataclass(frozen=True)
class Libraries:
    """sentences: one for each protocol with several libraries, then polling against push.

    tables: empty where no protocol has more than one library. An echo has no polls.
    """

    sentences: tuple[str, ...]
    tables: tuple[Table, ...]


def libraries(run: Run, summaries: Sequence[Summary]) -> Libraries:
    """Of what was delivered; second selves and the bare socket are left out."""
    groups = _groups(summaries)
    several = [group for group in groups if len(group) > 1]
    if not several:
        return Libraries((), ())
    against = partial(compare, key=CPU, run=summaries)
    cheapest = [group[0] for group in groups]
    pair = _pair(cheapest) if run.scenario.workload == "feed" else None
    sentences = [_protocol(run, group, against) for group in several]
    return Libraries(
        (*sentences, *([_polling(run, *pair, against)] if pair else [])),
        (_each(run, several, against, summaries), *_best(run, cheapest, pair, against)),
    )


def library(run: Run, transport: str) -> str:
    """What served it: behind the @, or what the server said of itself; "" where it did not."""
    named = transport.partition("#")[0].partition("@")[2]
    found = (
        " and ".join(trial.figures.server.libraries)
        for trial in run.trials
        if trial.transport == transport and trial.figures and trial.figures.server
    )
    return named or next(found, "")


def _groups(summaries: Sequence[Summary]) -> list[list[Summary]]:
    """The libraries of each protocol, the cheapest first; protocols in the scenario's order."""
    groups: dict[str, list[Summary]] = {}
    for each in summaries:
        if each["received"] and each[CPU] and parsed(each.transport).is_plain:
            if not parsed(each.transport).traits.bare:
                groups.setdefault(parsed(each.transport).protocol, []).append(each)
    return [sorted(group, key=_cost) for group in groups.values()]


def _cost(summary: Summary) -> float:
    return float(summary[CPU] or 0)


def _pair(cheapest: Sequence[Summary]) -> tuple[Summary, Summary] | None:
    """The cheapest polling and the cheapest push; None where the run lacks one of them."""
    polls = [each for each in cheapest if not parsed(each.transport).pushes]
    pushes = [each for each in cheapest if parsed(each.transport).pushes]
    return (min(polls, key=_cost), min(pushes, key=_cost)) if polls and pushes else None


def _name(run: Run, transport: str) -> str:
    """With its library, the default one too: "WebSocket (websockets)"."""
    served_by = library(run, transport)
    return look(f"{parsed(transport).protocol}@{served_by}" if served_by else transport).name


def _opening(members: Sequence[Summary], words: str) -> str:
    """The beginning of a sentence on these, with a capital or behind what is to be feared."""
    if all(each.generator_healthy for each in members):
        return words[:1].upper() + words[1:]
    return SICK + words


def _protocol(run: Run, group: Sequence[Summary], against: Compare) -> str:
    first, *others = group
    told = ", ".join(
        f"{library(run, each.transport)} {_adds(against(each, first))}" for each in others
    )
    return (
        f"{_opening(group, look(parsed(first.transport).protocol).name)} costs "
        f"{units.per_thousand(first[CPU])} of server CPU per 1,000 "
        f"{wording(run.scenario.workload).deliveries} at its cheapest here, with "
        f"{library(run, first.transport)}; {told}."
    )


def _adds(found: Difference | None) -> str:
    if found is None:
        return "is not to be compared"
    if found.verdict == "no difference":
        return f"is level with it{_edges(found)}"
    return f"takes {units.ratio(found.amount)} as much{_edges(found)}"


def _polling(run: Run, poll: Summary, push: Summary, against: Compare) -> str:
    found = against(poll, push)
    names = " and ".join(_name(run, each.transport) for each in (poll, push))
    figures = " against ".join(units.per_thousand(each[CPU]) for each in (poll, push))
    opening = _opening((poll, push), f"each at its cheapest, {names}, ")
    if found is None:
        return f"{opening}polling and push are not to be compared."
    if found.verdict == "no difference":
        return f"{opening}polling is level with push in server CPU ({figures})."
    times = f"{units.ratio(found.amount)} the server CPU of push{_edges(found)}"
    return f"{opening}polling takes {times}: {figures}."


def _edges(found: Difference) -> str:
    if found.verdict == "cannot tell":
        return f" (may be chance: {span(found)})"
    return f" ({span(found)})" if found.interval else ""


def _each(
    run: Run, groups: Sequence[Sequence[Summary]], against: Compare, summaries: Sequence[Summary]
) -> Table:
    """A row for each library of each protocol; bytes only where they differ within a protocol."""
    wire = next((key for key in WIRE if all(each[key] for group in groups for each in group)), None)
    differ = wire and any(
        (found := compare(each, group[0], wire, summaries)) and found.found
        for group in groups
        for each in group[1:]
    )
    keys = [CPU, MEMORY, *([wire] if differ and wire else [])]
    rows = (
        (
            Cell(_heading(run, each)),
            _figure(each, CPU),
            Cell("1") if each is group[0] else cell(against(each, group[0])),
            *(_figure(each, key) for key in keys[1:]),
        )
        for group in groups
        for each in group
    )
    measures = of_workload(run.scenario.workload)
    labels = [measures[key].label for key in keys]
    head = ("", labels[0], "÷ its cheapest", *labels[1:])
    return Table("Server cost by protocol and library", head, tuple(rows))


def _best(
    run: Run,
    cheapest: Sequence[Summary],
    pair: tuple[Summary, Summary] | None,
    against: Compare,
) -> tuple[Table, ...]:
    """Each protocol by its cheapest library, held against the cheapest push."""
    if pair is None:
        return ()
    push = pair[1]
    rows = (
        (
            Cell(_heading(run, each)),
            _figure(each, CPU),
            Cell("1") if each is push else cell(against(each, push)),
        )
        for each in sorted(cheapest, key=_cost)
    )
    head = ("", BY_KEY[CPU].label, "÷ cheapest push")
    return (Table("Each protocol at its cheapest", head, tuple(rows)),)


def _heading(run: Run, summary: Summary) -> str:
    name = _name(run, summary.transport)
    return name[:1].upper() + name[1:] + ("" if summary.generator_healthy else " (sick)")


def _figure(summary: Summary, key: str) -> Cell:
    return Cell(
        measure_text.median(summary, BY_KEY[key]), measure_text.spread(summary, BY_KEY[key])
    )
