"""The path between clients and server, as it was measured before each trial. Pure."""

import statistics
from collections.abc import Iterable

from loadgen.runfile.figures import Link
from loadgen.runfile.run import Run
from reports.formatting import units
from reports.formatting.transport_style import heading
from reports.summary.tables import Cell, Table

HEAD = ("", "round trip", "connect, first answer", "added by the relay itself")


def table(run: Run) -> Table | None:
    """By transport, medians over its rounds; None where no path was measured."""
    found: dict[str, list[Link]] = {}
    for trial in run.trials:
        if trial.figures is not None and trial.figures.link is not None:
            found.setdefault(trial.transport, []).append(trial.figures.link)
    if not found:
        return None
    return Table("The path before each trial", HEAD, tuple(map(_row, found, found.values())))


def _row(transport: str, links: list[Link]) -> tuple[Cell, ...]:
    added = [link.relay_rtt_ns for link in links if link.relay_rtt_ns is not None]
    return (
        Cell(heading(transport)),
        _median(link.rtt.p50_ns for link in links),
        _median(link.connect.p50_ns for link in links),
        _median(added) if added else Cell("no relay"),
    )


def _median(values_ns: Iterable[int]) -> Cell:
    told = sorted(values_ns)
    spread = units.span(units.duration(told[0]), units.duration(told[-1]))
    return Cell(units.duration(statistics.median(told)), spread)
