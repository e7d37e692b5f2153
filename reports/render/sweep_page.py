"""The page of a sweep: where the answer flips, what freshness costs and what is the cheapest."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from feed.transport import WEBSOCKET, parsed
from loadgen.runfile.run import InputError, Run, load
from reports.charts import sweep_charts
from reports.charts.pictures import both
from reports.formatting import units
from reports.formatting.table import Cell as Text
from reports.formatting.table import Table
from reports.formatting.transport_style import heading
from reports.planning.crossover_from_sweep import Cell, Cost, cells, rates, sentences
from reports.sections.section import Section, Shown

COSTS: dict[Cost, str] = {
    "ip_bytes_per_delivery": "The cheapest in bytes",
    "server_cpu_ns_per_delivery": "The cheapest in server CPU",
}
NO_PAIR = "A crossover needs short polling and a pushing transport; this sweep lacks one of them."


def read(folder: Path) -> list[Run]:
    """Every run file one level below. Raises InputError where there is none, or a broken one."""
    found = sorted(folder.glob("*/run.json"))
    if not found:
        raise InputError(f"{folder}: no run files in its folders, so no sweep")
    return [load(path) for path in found]


def answer(grid: Sequence[Cell]) -> tuple[str, ...]:
    """In words: for each poll interval, from which event rate on polling is the cheaper."""
    pushing = [cell.transport for cell in grid if parsed(cell.transport).pushes]
    polls = any(parsed(cell.transport).polls_on_grid for cell in grid)
    if not (pushing and polls):
        return (NO_PAIR,)
    return sentences(grid, WEBSOCKET if WEBSOCKET in pushing else pushing[0])


def sections(runs: Sequence[Run]) -> tuple[Section, ...]:
    """What at least one run of a grid says, together."""
    grid = cells(runs)
    choice = (
        "Of the transports whose events are fresh enough, the one that costs the least for each. "
        "Polling is named with its interval; where there is little room, by initials (SP: short "
        "polling)."
    )
    drawn = (
        Section(
            "",
            title,
            (choice,),
            picture=both(f"choice-{key}", title, title, partial(sweep_charts.choice, grid, key)),
        )
        for key, title in COSTS.items()
        if any(cell.cost(key) is not None for cell in grid)
    )
    freshness = Section(
        "",
        "What freshness costs",
        (
            "Further left is fresher, further down is cheaper. Polling is a curve over its "
            "interval, a push is a point.",
        ),
        parts=(*_tradeoffs(grid), Section("", "", tables=(Shown(_table(grid)),))),
    )
    failures = tuple(
        f"{heading(trial.transport)}, round {trial.round}: {trial.failure}"
        for run in runs
        for trial in run.trials
        if trial.failure
    )
    failed = (Section("", "Trials without figures", failures),) if failures else ()
    return (*drawn, freshness, *failed)


def _tradeoffs(grid: Sequence[Cell]) -> Iterator[Section]:
    """Age against bytes, a picture for each event rate."""
    known = [cell for cell in grid if cell.bytes]
    for number, rate in enumerate(rates(known)):
        own = [cell for cell in known if cell.rate_per_s == rate]
        title = f"{units.tick(rate)} events per second"
        description = "; ".join(
            f"{heading(c.transport)}: {units.duration(c.age_ns)} old, {units.size(c.bytes)}"
            for c in own
        )
        drawn = both(f"tradeoff-{number}", title, description, partial(sweep_charts.tradeoff, own))
        yield Section("", title, picture=drawn)


def _table(grid: Sequence[Cell]) -> Table:
    head = (
        "",
        "events/s",
        "as drawn",
        "poll interval",
        "mean age",
        "on the wire",
        "server CPU",
        "sound",
    )
    return Table("Every point of the sweep", head, tuple(_row(cell) for cell in grid))


def _row(cell: Cell) -> tuple[Text, ...]:
    every = None if cell.interval_s is None else cell.interval_s * 1e9
    return (
        Text(heading(cell.transport)),
        Text(units.tick(cell.rate_per_s)),
        Text(units.NOTHING if cell.sampled_per_s is None else units.tick(cell.sampled_per_s)),
        Text(units.duration(every)),
        Text(units.duration(cell.age_ns)),
        Text(units.size(cell.bytes)),
        Text(units.per_thousand(cell.cpu_ns)),
        Text(units.flag(cell.sound)),
    )
