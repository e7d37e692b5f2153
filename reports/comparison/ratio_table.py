"""How sure the differences are: ratios to the baseline, their intervals and the noise. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.comparison import noise_floor as noise
from reports.comparison.intervals import NEEDS_ROUNDS
from reports.comparison.ratios import Comparison, baseline, compare
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading, look
from reports.summary.summary import Summary


@dataclass(frozen=True)
class Differences:
    """noise: what the run says of its own. table: None where there is nothing to compare."""

    against: str
    noise: str
    table: Table | None


def differences(summaries: Sequence[Summary]) -> Differences:
    """Each transport held against the baseline, the baseline's second self among them."""
    base = baseline(summaries)
    others = [s for s in summaries if s is not base and s["received"]]
    if base is None or not others:
        return Differences("", "", None)
    rows = tuple(_row(summary, base, summaries) for summary in others)
    name = look(base.transport).name
    head = ("", *noise.compared(summaries).values())
    return Differences(name, noise.told(summaries), Table(f"Ratios to {name}", head, rows))


def _row(ours: Summary, base: Summary, summaries: Sequence[Summary]) -> tuple[Cell, ...]:
    compared = (
        compare(ours, base, key, noise.floor(summaries, key)) for key in noise.compared(summaries)
    )
    return (Cell(heading(ours.transport)), *map(_cell, compared))


def _cell(compared: Comparison | None) -> Cell:
    if compared is None:
        return Cell(units.NOTHING)
    text = units.ratio(compared.ratio)
    if compared.interval is None:
        return Cell(text, NEEDS_ROUNDS)
    edges = (units.factor(edge) for edge in (compared.interval.low, compared.interval.high))
    span = " to ".join(edges)
    return Cell("level" if compared.verdict == "equal" else text, span)
