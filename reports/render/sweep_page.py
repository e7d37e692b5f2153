"""The page of a sweep: read every run in a folder, say where the answer flips, draw both maps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from feed.transport import WEBSOCKET, parsed
from loadgen.runfile.run import InputError, Run, load
from reports.charts import sweep_charts
from reports.charts.canvas import NARROW_PX, WIDE_PX, embed
from reports.charts.pictures import Picture
from reports.formatting import units
from reports.formatting.table import Cell as Text
from reports.formatting.table import Table
from reports.formatting.transport_style import heading
from reports.planning.crossover_from_sweep import Cell, Cost, cells, rates, sentences

COSTS: dict[Cost, str] = {
    "ip_bytes_per_delivery": "The cheapest in bytes",
    "server_cpu_ns_per_delivery": "The cheapest in server CPU",
}
NO_PAIR = "A crossover needs short polling and a pushing transport; this sweep lacks one of them."


@dataclass(frozen=True)
class Panel:
    """A drawing under a heading."""

    heading: str
    picture: Picture


@dataclass(frozen=True)
class Sweep:
    """What the page shows.

    answer     from which rate on polling is the cheaper, a sentence for each interval.
    tradeoffs  age against bytes, one for each event rate.
    choices    the cheapest transport by rate and tolerated age, one for each cost.
    failures   of trials that gave no figures.
    """

    name: str
    answer: tuple[str, ...]
    tradeoffs: tuple[Panel, ...]
    choices: tuple[Panel, ...]
    table: Table
    failures: tuple[str, ...]


def read(folder: Path) -> list[Run]:
    """Every run file one level below. Raises InputError where there is none, or a broken one."""
    found = sorted(folder.glob("*/run.json"))
    if not found:
        raise InputError(f"{folder}: no run files in its folders, so no sweep")
    return [load(path) for path in found]


def sweep(runs: Sequence[Run]) -> Sweep:
    """What at least one run of a grid says, together."""
    grid = cells(runs)
    return Sweep(
        name=runs[0].scenario.name,
        answer=answer(grid),
        tradeoffs=tuple(_tradeoffs([cell for cell in grid if cell.bytes])),
        choices=tuple(_choices(grid)),
        table=_table(grid),
        failures=tuple(
            f"{heading(trial.transport)}, round {trial.round}: {trial.failure}"
            for run in runs
            for trial in run.trials
            if trial.failure
        ),
    )


def answer(grid: Sequence[Cell]) -> tuple[str, ...]:
    """In words: for each poll interval, from which event rate on polling is the cheaper."""
    pushing = [cell.transport for cell in grid if parsed(cell.transport).pushes]
    polls = any(parsed(cell.transport).polls_on_grid for cell in grid)
    if not (pushing and polls):
        return (NO_PAIR,)
    return sentences(grid, WEBSOCKET if WEBSOCKET in pushing else pushing[0])


def _tradeoffs(grid: Sequence[Cell]) -> list[Panel]:
    panels: list[Panel] = []
    for number, rate in enumerate(rates(grid)):
        own = [cell for cell in grid if cell.rate_per_s == rate]
        title = f"{units.tick(rate)} events per second"
        told = "; ".join(
            f"{heading(c.transport)}: {units.duration(c.age_ns)} old, {units.size(c.bytes)}"
            for c in own
        )
        drawn = _picture(f"tradeoff-{number}", title, told, _drawer(own))
        panels.append(Panel(title, drawn))
    return panels


def _drawer(own: Sequence[Cell]) -> Callable[[int], str]:
    return lambda width_px: sweep_charts.tradeoff(own, width_px)


def _choices(grid: Sequence[Cell]) -> list[Panel]:
    return [
        Panel(title, _picture(f"choice-{key}", title, title, _chooser(grid, key)))
        for key, title in COSTS.items()
        if any(cell.cost(key) is not None for cell in grid)
    ]


def _chooser(grid: Sequence[Cell], key: Cost) -> Callable[[int], str]:
    return lambda width_px: sweep_charts.choice(grid, key, width_px)


def _picture(name: str, title: str, told: str, draw: Callable[[int], str]) -> Picture:
    wide = embed(draw(WIDE_PX), f"{name}-wide", title, told)
    narrow = embed(draw(NARROW_PX), f"{name}-narrow", title, told)
    return Picture(wide, narrow, "")


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
        Text(units.NOTHING if cell.drawn_per_s is None else units.tick(cell.drawn_per_s)),
        Text(units.duration(every)),
        Text(units.duration(cell.age_ns)),
        Text(units.size(cell.bytes)),
        Text(units.per_thousand(cell.cpu_ns)),
        Text(units.flag(cell.sound)),
    )
