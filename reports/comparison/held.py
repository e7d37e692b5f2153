"""Limits held against what was measured: which are broken, and by how much. Pure.

A relative limit is broken where the ratio of the comparison (or the difference) is beyond it, not
only where its whole interval is; where the interval also reaches to the other side, that is told.
What cannot be checked counts as broken: a guard that looks away is none.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports.comparison.change import Change
from reports.comparison.limits import Limit
from reports.comparison.two_runs import Line, Pair, TwoRuns
from reports.formatting import units
from reports.summary import measure_text
from reports.summary.formulas import Number
from reports.summary.summary import Summary
from reports.summary.tables import Cell, Table

BEYOND: Mapping[str, Callable[[Number, Number], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
UNKNOWN = "there is no number to check"


@dataclass(frozen=True)
class Held:
    """A limit held against a run.

    broken   it is, or there was nothing to check.
    told     what was seen and, where it is broken, by how much: a sentence without its full stop.
    doubtful its generator was sick, so that the number is no fact.
    """

    limit: Limit
    broken: bool
    told: str
    doubtful: bool = False

    def __str__(self) -> str:
        sick = "; the generator was sick, so that this is no fact" if self.doubtful else ""
        return f"{self.limit.text}: {self.told}{sick}"


def hold(limits: Iterable[Limit], summaries: Iterable[Summary]) -> tuple[Held, ...]:
    """Absolute limits against one run; of its transports alone."""
    known = {summary.transport: summary for summary in summaries}
    return tuple(
        _absolute(limit, known[limit.transport]) for limit in limits if limit.transport in known
    )


def hold_two(limits: Iterable[Limit], compared: TwoRuns) -> tuple[Held, ...]:
    """Limits against the newer of two runs; relative ones by what the older one had.

    All must name transports that the newer run has: guard.require_transports().
    """
    pairs = {pair.transport: pair for pair in compared.pairs}
    return tuple(
        _relative(limit, pairs.get(limit.transport))
        if limit.relative
        else _absolute(limit, compared.after[limit.transport])
        for limit in limits
    )


def table(held: Sequence[Held]) -> Table | None:
    """Every limit and what became of it; None without any."""
    rows = (
        (
            Cell(one.limit.text),
            Cell("broken" if one.broken else "held", "sick" if one.doubtful else "", _mark(one)),
            Cell(one.told),
        )
        for one in held
    )
    return Table("Limits", ("limit", "", "seen"), tuple(rows)) if held else None


def _mark(one: Held) -> str:
    return "broken" if one.broken else ""


def _absolute(limit: Limit, summary: Summary) -> Held:
    value, sick = summary[limit.key], summary.generator_healthy is False
    if value is None:
        return Held(limit, True, UNKNOWN)
    seen = measure_text.text(limit.key, value)
    if not BEYOND[limit.sign](value, limit.amount):
        return Held(limit, False, seen, sick)
    apart = measure_text.text(limit.key, abs(value - limit.amount))
    allowed = measure_text.text(limit.key, limit.amount)
    return Held(limit, True, f"{seen}, {apart} beyond {allowed}", sick)


def _relative(limit: Limit, pair: Pair | None) -> Held:
    line = pair[limit.key] if pair else None
    if pair is None or line is None or line.old is None or line.new is None:
        return Held(limit, True, f"{UNKNOWN} in one of the runs")
    amount, bound = _against(limit, line, line.old, line.new)
    broken = BEYOND[limit.sign](amount, bound)
    numbers = f"{measure_text.text(limit.key, line.old)} → {measure_text.text(limit.key, line.new)}"
    told = f"{numbers}, {_size(line, amount)}"
    if broken:
        told += f"; the limit is {_size(line, bound)}{_both(line.change, bound)}"
    return Held(limit, broken, told, bool(pair.sick))


def _against(limit: Limit, line: Line, old: Number, new: Number) -> tuple[float, float]:
    """What is compared, and with what: ratios where the comparison has one, else differences."""
    if line.change is not None and line.change.by == "ratio":
        return line.change.amount, 1 + limit.amount
    return line.change.amount if line.change else new - old, limit.amount * abs(old)


def _both(found: Change | None, bound: float) -> str:
    if found is None or found.interval is None or not found.interval.holds(bound):
        return ""
    return ", which the interval holds too: it may be chance"


def _size(line: Line, amount: float) -> str:
    if line.change is not None and line.change.by == "ratio":
        return f"{units.factor(amount)}×"
    return measure_text.signed(line.measure.key, amount)
