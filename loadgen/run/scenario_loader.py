"""Finding a scenario: built in by name, or a TOML file; then what `--set` changes of it."""

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

_PART = r'(?:"[^"]+"|[^."]+)'
_KEY = re.compile(rf"{_PART}(?:\.{_PART})*")
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
    path = _find(name_or_path)
    tables = _parse(path)
    tables.setdefault("name", path.stem)
    _anchor_trace(tables, path.parent)
    for setting in settings:
        _apply(tables, setting)
    usual = DEFAULTS.get(str(tables.get("workload", "feed")))
    if usual:
        tables.setdefault("transports", list(usual))
    try:
        scenario = msgspec.convert(tables, Scenario)
    except msgspec.ValidationError as error:
        raise InputError(f"scenario {name_or_path}: {error}{_suggestion(error)}") from None
    if scenario.feed.schedule == "trace":
        trace.read(scenario.feed.trace)
    return scenario


def _find(name_or_path: str) -> Path:
    built_in = _FOLDER / f"{name_or_path}.toml"
    if name_or_path in names():
        return built_in
    path = Path(name_or_path)
    if path.is_file():
        return path
    raise InputError(
        f"unknown scenario {name_or_path!r}: expected one of {', '.join(names())}, or a TOML file"
    )


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot read the scenario: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a TOML file: {error}") from None


def _anchor_trace(tables: dict[str, Any], folder: Path) -> None:
    feed = tables.get("feed")
    if isinstance(feed, dict) and isinstance(feed.get("trace"), str) and feed["trace"]:
        feed["trace"] = str(folder / feed["trace"])


def _apply(tables: dict[str, Any], setting: str) -> None:
    key, separator, text = setting.partition("=")
    *parents, leaf = _parts(key)
    if not separator or not leaf:
        raise InputError(f"--set {setting}: expected KEY=VALUE, as in clients.count=500")
    table = tables
    for parent in parents:
        table = table.setdefault(parent, {})
        if not isinstance(table, dict):
            raise InputError(f"--set {setting}: {parent!r} is a value, not a table")
    table[leaf] = _value(text.strip())


def _parts(key: str) -> list[str]:
    """The names on the way to a key, one in quotes with its dots; a "" where it is no key."""
    if not _KEY.fullmatch(key.strip()):
        return [""]
    return [part.strip('"') for part in re.findall(_PART, key.strip())]


def _value(text: str) -> object:
    """A TOML value; where it is none, as with a bare word or a path, the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _suggestion(error: msgspec.ValidationError) -> str:
    """For an unknown key, the one that was probably meant, or all that there are."""
    message = str(error)
    if "got `object` - at `$.limits" in message:
        return """; its name stands in quotes, as in 'limits."websocket.lost"=0'"""
    if "unknown field" not in message:
        return ""
    unknown = message.split("`")[1]
    place = message.split("$.")[1].rstrip("`") if "$." in message else ""
    known = _keys(place)
    close = difflib.get_close_matches(unknown, known, n=1)
    return f"; did you mean `{close[0]}`?" if close else f"; known keys: {', '.join(known)}"


def _keys(place: str) -> list[str]:
    table: Any = msgspec.to_builtins(Scenario())
    for part in filter(None, place.split(".")):
        table = table[part]
    return list(table)
