"""Limits for a transport's numbers, as a team writes them (`websocket.latency_p99_ns>+10%`)."""

import difflib
import math
import operator
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from loadgen.runfile.run import InputError
from reports.comparison.two_runs import Pair, TwoRuns
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.summary import measure_text
from reports.summary.measures import BY_KEY
from reports.summary.summary import Summary

EXAMPLE = "as in websocket.latency_p99_ns>+10% or websocket.latency_p99_ns>50_000_000"
UNKNOWN = "there is no number to check"
_EXPRESSION = re.compile(r"\s*([^\s<>=]+)\s*(>=|<=|>|<)\s*([^\s<>=%]+)\s*(%?)\s*")
_BEYOND = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


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

    def beyond(self, value: float, bound: float) -> bool:
        """The value is on the broken side of the bound."""
        return bool(_BEYOND[self.sign](value, bound))


@dataclass(frozen=True)
class Checked:
    """A limit and what became of it.

    broken   the number is beyond it, or there was none to check.
    text     the number and, where it is broken, by how much: a sentence without its full stop.
    doubtful its generator was sick, so that the number is no fact.
    """

    limit: Limit
    broken: bool
    text: str
    doubtful: bool = False

    def __str__(self) -> str:
        sick = "; the generator was sick, so that this is no fact" if self.doubtful else ""
        return f"{self.limit.text}: {self.text}{sick}"


def parse(text: str) -> Limit:
    """One expression `transport.measure OP amount`. Raises InputError where it is none."""
    found = _EXPRESSION.fullmatch(text)
    if found is None:
        raise _refused(text, f"expected TRANSPORT.MEASURE, one of > >= < <=, an amount; {EXAMPLE}")
    name, sign, number, percent = found.groups()
    transport, _, key = name.rpartition(".")
    if not transport:
        raise _refused(text, f"expected TRANSPORT.MEASURE, {EXAMPLE}")
    try:
        amount = float(number)
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount):
        raise _refused(text, f"{number!r} is no amount; {EXAMPLE}")
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


def require_transports(limits: Iterable[Limit], known: Collection[str]) -> None:
    """Raise InputError where a limit names a transport that is not among these."""
    for limit in limits:
        if limit.transport not in known:
            why = f"unknown transport {limit.transport!r}"
            raise _refused(limit.text, why, limit.transport, known)


def _refused(text: str, why: str, word: str = "", known: Collection[str] = ()) -> InputError:
    close = difflib.get_close_matches(word, known, n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(known)}"
    return InputError(f"limit {text.strip()!r}: {why}{hint if known else ''}")


def check(limits: Iterable[Limit], summaries: Iterable[Summary]) -> tuple[Checked, ...]:
    """Absolute limits against one run; of its transports alone."""
    known = {summary.transport: summary for summary in summaries}
    return tuple(
        _absolute(limit, known[limit.transport]) for limit in limits if limit.transport in known
    )


def check_two(limits: Iterable[Limit], compared: TwoRuns) -> tuple[Checked, ...]:
    """Limits against the newer of two runs; relative ones by what the older one had.

    All must name transports that the newer run has: require_transports().
    """
    pairs = {pair.transport: pair for pair in compared.pairs}
    return tuple(
        _relative(limit, pairs.get(limit.transport))
        if limit.relative
        else _absolute(limit, compared.after[limit.transport])
        for limit in limits
    )


def table(checked: Sequence[Checked]) -> Table | None:
    """Every limit and what became of it; None without any."""
    rows = []
    for one in checked:
        mark = "broken" if one.broken else ""
        verdict = Cell(mark or "held", "sick" if one.doubtful else "", mark)
        rows.append((Cell(one.limit.text), verdict, Cell(one.text)))
    return Table("Limits", ("limit", "", "seen"), tuple(rows)) if rows else None


def _absolute(limit: Limit, summary: Summary) -> Checked:
    value, sick = summary[limit.key], summary.generator_healthy is False
    if value is None:
        return Checked(limit, True, UNKNOWN)
    number = measure_text.text(limit.key, value)
    if not limit.beyond(value, limit.amount):
        return Checked(limit, False, number, sick)
    excess = measure_text.text(limit.key, abs(value - limit.amount))
    allowed = measure_text.text(limit.key, limit.amount)
    return Checked(limit, True, f"{number}, {excess} beyond {allowed}", sick)


def _relative(limit: Limit, pair: Pair | None) -> Checked:
    """By the ratio of the comparison where it has one, else by the difference."""
    line = pair[limit.key] if pair else None
    if pair is None or line is None or line.old is None or line.new is None:
        return Checked(limit, True, f"{UNKNOWN} in one of the runs")
    change = line.change
    by_ratio = change is not None and change.by == "ratio"
    amount = change.amount if change else line.new - line.old
    bound = 1 + limit.amount if by_ratio else limit.amount * abs(line.old)

    def size(value: float) -> str:
        return f"{units.factor(value)}×" if by_ratio else measure_text.signed(limit.key, value)

    ends = " → ".join(measure_text.text(limit.key, value) for value in (line.old, line.new))
    text = f"{ends}, {size(amount)}"
    broken = limit.beyond(amount, bound)
    if broken:
        text += f"; the limit is {size(bound)}"
        if change and change.interval and change.interval.holds(bound):
            text += ", which the interval holds too: it may be chance"
    return Checked(limit, broken, text, bool(pair.sick))
