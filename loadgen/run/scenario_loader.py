"""The loader of scenarios: built in by name, or a TOML file; with the changes of `--set`."""

import difflib
import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from feed import trace
from feed.errors import InputError
from loadgen.runfile.scenario import DEFAULTS, Scenario

# A key is names with dots in between; a name with dots of its own stands in quotes, as in [limits].
_NAME = r'(?:"[^"]+"|[^."]+)'
_KEY = re.compile(rf"{_NAME}(?:\.{_NAME})*")
_FOLDER = Path(str(files("loadgen.scenarios")))


def names() -> list[str]:
    """The built-in scenarios, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def load(name_or_path: str, settings: Iterable[str] = ()) -> Scenario:
    """The scenario of that name, or in that file, changed by each `table.key=value`.

    A trace that the file names is looked for beside the file; one that a setting names, in the
    working folder. Raises InputError for an unknown name or key, a value out of its range, or a
    trace that cannot be replayed.
    """
    built_in = name_or_path in names()
    path = _FOLDER / f"{name_or_path}.toml" if built_in else Path(name_or_path)
    if not path.is_file():
        known = ", ".join(names())
        raise InputError(
            f"unknown scenario {name_or_path!r}: expected one of {known}, or a TOML file"
        )
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot read the scenario: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a TOML file: {error}") from None
    tables.setdefault("name", path.stem)
    feed = tables.get("feed")
    if isinstance(feed, dict) and isinstance(feed.get("trace"), str) and feed["trace"]:
        feed["trace"] = str(path.parent / feed["trace"])
    for setting in settings:
        _apply(tables, setting)
    defaults = DEFAULTS.get(str(tables.get("workload", "feed")))
    if defaults:
        tables.setdefault("transports", list(defaults))
    try:
        scenario = msgspec.convert(tables, Scenario)
    except msgspec.ValidationError as error:
        raise InputError(f"scenario {name_or_path}: {error}{_suggestion(str(error))}") from None
    if scenario.feed.schedule == "trace":
        trace.read(scenario.feed.trace)
    return scenario


def _apply(tables: dict[str, Any], setting: str) -> None:
    """Set one KEY=VALUE. The value is TOML or, as with a bare word or a path, the text itself."""
    key, separator, text = (part.strip() for part in setting.partition("="))
    if not separator or not _KEY.fullmatch(key):
        raise InputError(f"--set {setting}: expected KEY=VALUE, as in clients.count=500")
    *parents, leaf = (name.strip('"') for name in re.findall(_NAME, key))
    table = tables
    for parent in parents:
        table = table.setdefault(parent, {})
        if not isinstance(table, dict):
            raise InputError(f"--set {setting}: {parent!r} is a value, not a table")
    try:
        table[leaf] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        table[leaf] = text


def _suggestion(message: str) -> str:
    """For an unknown key, the one that was probably meant, or all that there are."""
    if "got `object` - at `$.limits" in message:
        return """; its name stands in quotes, as in 'limits."websocket.lost"=0'"""
    if "unknown field" not in message:
        return ""
    unknown = message.split("`")[1]
    table: Any = msgspec.to_builtins(Scenario())
    if "$." in message:
        for part in message.split("$.")[1].rstrip("`").split("."):
            table = table[part]
    close = difflib.get_close_matches(unknown, table, n=1)
    return f"; did you mean `{close[0]}`?" if close else f"; known keys: {', '.join(table)}"
