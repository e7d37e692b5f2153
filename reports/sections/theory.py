"""Theory beside measurement, as the report shows it: a sentence, tables, and gaps."""

import statistics
from collections.abc import Iterable, Sequence
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
    """Of a whole run; tables are empty where nothing could be compared with theory."""
    rows: dict[str, list[tuple[Cell, ...]]] = {each.transport: [] for each in found}
    for name, own in rows.items():
        for key in KEYS:
            if rounds := [d for d in found if d.transport == name and d.key == key]:
                own.append(_row(key, rounds))
    tables = tuple(Table(heading(name), HEAD, tuple(own)) for name, own in rows.items())
    return Agreement(sentence(found), tables, notes(made))


def sentence(found: Sequence[Deviation]) -> str:
    """How many of the numbers agree, which do not, and how many cannot be judged."""
    judged = [deviation for deviation in found if deviation.agrees is not None]
    beyond = [deviation for deviation in judged if not deviation.agrees]
    undecided = sum(deviation.agrees is None and deviation.too_wide for deviation in found)
    names = dict.fromkeys(f"{style_of(d.transport).name} ({d.label})" for d in beyond)
    judgement = "No number of this run could be compared with theory."
    if judged:
        ending = ", each within its tolerance"
        if beyond:
            ending = f"; beyond their tolerance: {', '.join(names)}"
        agree = len(judged) - len(beyond)
        judgement = f"{agree} of {len(judged)} figures agree with theory{ending}."
    if undecided:
        judgement += (
            f" {units.count(undecided)} more cannot be judged: their tolerance is above half of "
            "what theory expects."
        )
    return judgement


def notes(made: Forecasts) -> tuple[str, ...]:
    """What the predictions rest on that was not measured, and what they leave out."""
    unknown = _names(name for (name, _), f in made.items() if not f.inputs.transit_known)
    found = []
    # Of time of their own that theory leaves to server and generator.
    allowances: dict[tuple[bool, int], list[str]] = {}
    for (name, _), forecast in made.items():
        inputs = forecast.inputs
        allowances.setdefault((inputs.one_by_one, inputs.allowance_ns), []).append(name)
    for (one_by_one, allowance_ns), names in sorted(allowances.items(), reverse=True):
        how = f"{_span(AT_ONCE_NS)}, and {_span(EACH_CLIENT_NS)} for each client"
        if one_by_one:
            how = "each request comes at an instant of its own"
        found.append(
            f"Theory leaves the server and the generator {_span(allowance_ns)} for their own "
            f"work with {_names(names)} ({how})."
        )
    if unknown:
        found.append(f"The link was not measured for {unknown}: its transit is taken as 0.")
    reasons: dict[str, dict[str, None]] = {}
    for (name, _), forecast in made.items():
        for reason in forecast.sampled.why_not.values():
            if reason not in PLAIN_REASONS:
                reasons.setdefault(reason, {})[name] = None
    found += [f"Some of {_names(names)} is not predicted: {why}." for why, names in reasons.items()]
    return tuple(found)


def _span(span_ns: int) -> str:
    return units.tick(span_ns, units.duration)


def _names(transports: Iterable[str]) -> str:
    return ", ".join(style_of(name).name for name in dict.fromkeys(transports))


def _row(key: str, rounds: Sequence[Deviation]) -> tuple[Cell, ...]:
    """Medians over the rounds, but for the verdict, which is each round's own."""
    measured = statistics.median(deviation.measured for deviation in rounds)
    predicted = statistics.median(deviation.predicted for deviation in rounds)
    general = [d.general for d in rounds if d.general is not None]
    allowed = [d.allowed for d in rounds if d.allowed is not None]
    amount = statistics.median(deviation.amount for deviation in rounds)
    sign = "" if amount == 0 else "+" if amount > 0 else units.MINUS
    texts = (
        rounds[0].label,
        text(key, measured),
        text(key, predicted),
        text(key, statistics.median(general) if general else None),
        f"{sign}{distance(key, amount)}",
        f"±{units.GAP}{distance(key, max(allowed))}" if allowed else units.NOTHING,
        _verdict(rounds),
    )
    return tuple(map(Cell, texts))


def _verdict(rounds: Sequence[Deviation]) -> str:
    beyond = [deviation.round for deviation in rounds if deviation.agrees is False]
    if rounds[0].allowed is None:
        return units.NOTHING
    if not beyond:
        return "cannot tell" if any(each.too_wide for each in rounds) else "agrees"
    where = f" in round {', '.join(map(str, beyond))}" if len(rounds) > 1 else ""
    return f"deviates{where}"
