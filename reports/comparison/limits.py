"""Limits that a team sets for its numbers, read from text: `websocket.latency_p99_ns>+10%`. Pure.

Names are checked here; reports/comparison/limits.py holds the limits against runs.
"""

import difflib
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from loadgen.runfile.run import InputError
from reports.comparison.difference import Difference
from reports.comparison.two_runs import Line, Pair, TwoRuns
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.summary import measure_text
from reports.summary.formulas import Number
from reports.summary.measures import BY_KEY
from reports.summary.summary import Summary

EXAMPLE = "as in websocket.latency_p99_ns>+10% or websocket.latency_p99_ns>50_000_000"
_EXPRESSION = re.compile(r"\s*([^\s<>=]+)\s*(>=|<=|>|<)\s*([^\s<>=%]+)\s*(%?)\s*")


@dataclass(frozen=True)
class Limit:
    """The number of a transport must not be beyond it.

    sign    the side on which it is broken: ">", ">=", "<" or "<=".
    amount  in the measure's unit; where relative, a share of the old number: 0.1 is +10 %.
    """

    text: str
    transport: str
    key: str
    sign: str
    amount: float
    relative: bool = False


def parse(text: str) -> Limit:
    """One expression `transport.measure OP amount`. Raises InputError where it is none."""
    found = _EXPRESSION.fullmatch(text)
    if found is None:
        raise _refused(text, f"expected TRANSPORT.MEASURE, one of > >= < <=, an amount; {EXAMPLE}")
    name, sign, number, percent = found.groups()
    transport, _, key = name.rpartition(".")
    if not transport:
        raise _refused(text, f"expected TRANSPORT.MEASURE, {EXAMPLE}")
    amount = _amount(text, number)
    if percent and number[0] not in "+-":
        raise _refused(text, f"+{number}% or -{number}%, more or less than the old number?")
    amount = amount / 100 if percent else amount
    limit = Limit(text.strip(), transport, key, sign, amount, relative=bool(percent))
    require_measures([limit])
    return limit


def of_scenario(limits: Mapping[str, float]) -> tuple[Limit, ...]:
    """The upper limits of a scenario file, whatever their names; see require_measures()."""
    made = []
    for name, amount in limits.items():
        number = f"{round(amount):_}" if amount == round(amount) else f"{amount:g}"
        transport, _, key = name.rpartition(".")
        made.append(Limit(f"{name}>{number}", transport, key, ">", amount))
    return tuple(made)


def require_measures(limits: Iterable[Limit]) -> None:
    """Raise InputError where a limit names a measure that there is not."""
    for limit in limits:
        if limit.key not in BY_KEY:
            raise _refused(limit.text, f"unknown measure {limit.key!r}", limit.key, BY_KEY)


def require_transports(limits: Iterable[Limit], transports: Iterable[str]) -> None:
    """Raise InputError where a limit names a transport that is not among these."""
    known = tuple(transports)
    for limit in limits:
        if limit.transport not in known:
            raise _refused(
                limit.text, f"unknown transport {limit.transport!r}", limit.transport, known
            )


def _amount(text: str, number: str) -> float:
    try:
        amount = float(number)
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount):
        raise _refused(text, f"{number!r} is no amount; {EXAMPLE}")
    return amount


def _refused(text: str, why: str, word: str = "", known: Iterable[str] = ()) -> InputError:
    names = tuple(known)
    close = difflib.get_close_matches(word, names, n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(names)}"
    return InputError(f"limit {text.strip()!r}: {why}{hint if names else ''}")


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


def _both(found: Difference | None, bound: float) -> str:
    if found is None or found.interval is None or not found.interval.holds(bound):
        return ""
    return ", which the interval holds too: it may be chance"


def _size(line: Line, amount: float) -> str:
    if line.change is not None and line.change.by == "ratio":
        return f"{units.factor(amount)}×"
    return measure_text.signed(line.measure.key, amount)
