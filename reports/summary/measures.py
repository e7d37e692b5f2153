"""The one table of what is published of a run: measures.toml, and each measure's formula."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from reports.summary.formulas import FORMULAS, Amount

Kind = Literal["time", "cpu", "bytes", "share", "count", "rate", "flag"]


class Least(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The smallest difference worth reporting: beyond `share` of the lower number, and beyond an
    amount in its unit, to which each client adds. per: the amount is divided by so many.
    """

    share: float = 0.0
    amount: float = 0.0
    each_client: float = 0.0
    per: Literal["", "client", "delivery"] = ""

    def amount_of(self, clients: int, received: float) -> float:
        """Of a trial with so many clients, and arrivals in its window."""
        divisor = {"": 1.0, "client": clients, "delivery": max(received, 1.0)}[self.per]
        return self.amount / divisor + self.each_client * clients


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A measure's name for people, and its definition in a sentence."""

    label: str
    meaning: str


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A row: measures.toml says what each field is."""

    key: str
    kind: Kind
    label: str
    meaning: str
    within: Least
    unit: str
    between: Least | None = None
    table: str = ""
    echo: Words | bool = True
    of_generator: bool = False
    trouble: bool = False
    metered: bool = False

    @property
    def of(self) -> Amount:
        """Its value in one trial; None where a number would mean nothing."""
        return FORMULAS[self.key]


def _read() -> tuple[Measure, ...]:
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    rows = (
        {"key": key, **table["kinds"][row["kind"]], **row} for key, row in table["measures"].items()
    )
    return msgspec.convert(list(rows), tuple[Measure, ...])


def _in_echo(measure: Measure) -> Measure:
    if not isinstance(measure.echo, Words):
        return measure
    return msgspec.structs.replace(measure, label=measure.echo.label, meaning=measure.echo.meaning)


PUBLISHED = _read()
MEASURES = tuple(measure for measure in PUBLISHED if measure.key in FORMULAS)
BY_KEY = {measure.key: measure for measure in MEASURES}
_OF_WORKLOAD: Mapping[str, Mapping[str, Measure]] = {
    "feed": BY_KEY,
    "echo": {key: _in_echo(measure) for key, measure in BY_KEY.items() if measure.echo},
}


def of_workload(workload: str) -> Mapping[str, Measure]:
    """key → measure, of those that have a meaning in this workload and with their names in it."""
    return _OF_WORKLOAD[workload]
