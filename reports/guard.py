"""Limits that a team sets for its numbers, read from text: `websocket.latency_p99_ns>+10%`. Pure.

Names are checked here; reports/held.py holds the limits against runs.
"""

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from loadgen.run import InputError
from reports.measures import BY_KEY

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
    transport, key = _names(text, name)
    amount = _amount(text, number)
    if percent and number[0] not in "+-":
        raise _refused(text, f"+{number}% or -{number}%, more or less than the old number?")
    return Limit(
        text=text.strip(),
        transport=transport,
        key=key,
        sign=sign,
        amount=amount / 100 if percent else amount,
        relative=bool(percent),
    )


def of_scenario(limits: Mapping[str, float]) -> tuple[Limit, ...]:
    """The upper limits of a scenario file. Raises InputError for a measure that there is not."""
    made = []
    for name, amount in limits.items():
        number = f"{round(amount):_}" if amount == round(amount) else f"{amount:g}"
        text = f"{name}>{number}"
        made.append(Limit(text, *_names(text, name), ">", amount))
    return tuple(made)


def require(limits: Iterable[Limit], transports: Iterable[str]) -> None:
    """Raise InputError where a limit names a transport that is not among these."""
    known = tuple(transports)
    for limit in limits:
        if limit.transport not in known:
            raise _refused(
                limit.text, f"unknown transport {limit.transport!r}", limit.transport, known
            )


def _names(text: str, name: str) -> tuple[str, str]:
    transport, _, key = name.rpartition(".")
    if not transport:
        raise _refused(text, f"expected TRANSPORT.MEASURE, {EXAMPLE}")
    if key not in BY_KEY:
        raise _refused(text, f"unknown measure {key!r}", key, BY_KEY)
    return transport, key


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
