"""Theory beside measurement, as the report shows it: a sentence, tables, and gaps."""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading, style_of
from reports.theory.deviation import Deviation, distance, text
from reports.theory.forecast import Forecasts
from reports.theory.model.inputs import AT_ONCE_NS, EACH_CLIENT_NS
from reports.theory.predict import KEYS, PLAIN_REASONS

HEAD = ("", "measured", "expected", "in general", "deviation", "allowed", "verdict")


@dataclass(frozen=True)
class Agreement:
    """sentence: how far the two agree. tables: one a transport. notes: what theory did not know."""

    sentence: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


def agreement(found: Sequence[Deviation], made: Forecasts) -> Agreement:
    """Of a whole run; tables are empty where nothing could be held against theory."""
    names = dict.fromkeys(deviation.transport for deviation in found)
    tables = (_table(name, [each for each in found if each.transport == name]) for name in names)
    return Agreement(sentence(found), tuple(tables), notes(made))


def sentence(found: Sequence[Deviation]) -> str:
    """How many of the numbers agree, which do not, and how many cannot be judged."""
    judged = [deviation for deviation in found if deviation.agrees is not None]
    beyond = [deviation for deviation in judged if not deviation.agrees]
    undecided = sum(deviation.agrees is None and deviation.too_wide for deviation in found)
    names = dict.fromkeys(f"{style_of(d.transport).name} ({d.label})" for d in beyond)
    judgement = "No number of this run could be held against theory."
    if judged:
        ending = f"; beyond their tolerance: {', '.join(names)}" if beyond else _WITHIN
        agree = len(judged) - len(beyond)
        judgement = f"{agree} of {len(judged)} figures agree with theory{ending}."
    return judgement + (_UNDECIDED.format(units.count(undecided)) if undecided else "")


_WITHIN = ", each within its tolerance"
_UNDECIDED = " {} more cannot be judged: their tolerance is above half of what theory expects."


def notes(made: Forecasts) -> tuple[str, ...]:
    """What the predictions rest on that was not measured, and what they leave out."""
    unknown = _names(name for (name, _), f in made.items() if not f.inputs.transit_known)
    found = [*_allowances(made)]
    if unknown:
        found.append(f"The link was not measured for {unknown}: its transit is taken as 0.")
    reasons: dict[str, dict[str, None]] = {}
    for (name, _), forecast in made.items():
        for reason in forecast.sampled.why_not.values():
            if reason not in PLAIN_REASONS:
                reasons.setdefault(reason, {})[name] = None
    found += [f"Some of {_names(names)} is not predicted: {why}." for why, names in reasons.items()]
    return tuple(found)


def _allowances(made: Forecasts) -> Iterator[str]:
    """How much time of their own theory leaves to server and generator."""
    for one_by_one in (True, False):
        allowed = {
            name: forecast.inputs.allowance_ns
            for (name, _), forecast in made.items()
            if forecast.inputs.one_by_one is one_by_one
        }
        for allowance_ns in dict.fromkeys(allowed.values()):
            how = (
                "each request comes at an instant of its own"
                if one_by_one
                else f"{_span(AT_ONCE_NS)}, and {_span(EACH_CLIENT_NS)} for each client"
            )
            yield (
                f"Theory leaves the server and the generator {_span(allowance_ns)} for their own "
                f"work with {_names(allowed)} ({how})."
            )


def _span(span_ns: int) -> str:
    return units.tick(span_ns, units.duration)


def _names(transports: Iterable[str]) -> str:
    return ", ".join(style_of(name).name for name in dict.fromkeys(transports))


def _table(name: str, own: Sequence[Deviation]) -> Table:
    rows = (
        _row(key, of_key) for key in KEYS if (of_key := [each for each in own if each.key == key])
    )
    return Table(heading(name), HEAD, tuple(rows))


def _row(key: str, rounds: Sequence[Deviation]) -> tuple[Cell, ...]:
    """Medians over the rounds, but for the verdict, which is each round's own."""
    measured = statistics.median(deviation.measured for deviation in rounds)
    predicted = statistics.median(deviation.predicted for deviation in rounds)
    general = [d.general for d in rounds if d.general is not None]
    allowed = [d.allowed for d in rounds if d.allowed is not None]
    return (
        Cell(rounds[0].label),
        Cell(text(key, measured)),
        Cell(text(key, predicted)),
        Cell(text(key, statistics.median(general) if general else None)),
        Cell(_signed(key, statistics.median(deviation.amount for deviation in rounds))),
        Cell(f"±{units.GAP}{distance(key, max(allowed))}" if allowed else units.NOTHING),
        Cell(_verdict(rounds)),
    )


def _signed(key: str, amount: float) -> str:
    sign = units.MINUS if amount < 0 else "+"
    return f"{sign}{distance(key, amount)}" if amount else distance(key, 0)


def _verdict(rounds: Sequence[Deviation]) -> str:
    beyond = [deviation.round for deviation in rounds if deviation.agrees is False]
    if rounds[0].allowed is None:
        return units.NOTHING
    if not beyond:
        return "cannot tell" if any(each.too_wide for each in rounds) else "agrees"
    where = ", ".join(map(str, beyond))
    return "deviates" if len(rounds) == 1 else f"deviates in round {where}"
