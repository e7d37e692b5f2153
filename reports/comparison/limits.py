"""Limits that a team sets for its numbers, read from text: `websocket.latency_p99_ns>+10%`. Pure.

Names are checked here; reports/comparison/held.py holds the limits against runs.
"""

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from loadgen.runfile.run import InputError
from reports.summary.measures import BY_KEY

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
