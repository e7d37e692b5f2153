"""The scenario and the machine as rows of name and value, whatever keys they have."""

from collections.abc import Iterator
from typing import Any

import msgspec

from reports.formatting import units

Fact = tuple[str, str]


def facts(record: msgspec.Struct) -> tuple[Fact, ...]:
    """Each key of a record with its value as text; a key within a table as table.key."""
    return tuple(_flat("", msgspec.to_builtins(record)))


def _flat(prefix: str, value: Any) -> Iterator[Fact]:
    if not isinstance(value, dict):
        yield prefix, _text(prefix, value)
        return
    for key, inner in value.items():
        yield from _flat(f"{prefix}.{key}" if prefix else key, inner)


def _text(name: str, value: Any) -> str:
    if value is None or value == "":
        return units.NOTHING
    if isinstance(value, bool):
        return units.flag(value)
    if isinstance(value, list | tuple):
        return ", ".join(_text(name, item) for item in value) or units.NOTHING
    if isinstance(value, int | float) and name.endswith("_bytes"):
        return units.size(value)
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)
