"""A measure's figures as people read them: the same text in the page and on the terminal."""

from collections.abc import Callable, Mapping

from reports.formatting import units
from reports.summary.formulas import Number
from reports.summary.measures import BY_KEY, Kind

Published = int | float | bool | None

_WRITERS: Mapping[Kind, Callable[[units.Number | None], str]] = {
    "time": units.duration,
    "cpu": units.per_thousand,
    "bytes": units.size,
    "share": units.share,
    "count": units.count,
    "rate": units.rate,
}


def text(key: str, value: Published) -> str:
    """A published value with its unit; a dash for None."""
    if value is None or isinstance(value, bool):
        return units.flag(value)
    measure = BY_KEY.get(key)
    return _WRITERS[measure.kind](value) if measure else units.count(value)


def signed(key: str, amount: Number) -> str:
    """By how much one value is more than another, or less; shares in points of 100."""
    if BY_KEY[key].kind == "share":
        size = f"{units.tick(abs(amount) * 100)}{units.GAP}points"
    else:
        size = text(key, abs(amount))
    return f"{units.MINUS}{size}" if amount < 0 else f"+{size}" if amount else size
