"""The documents name each option and key, their links resolve, and each is in the index."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import typer

from loadgen.run.scenario_loader import load, names
from loadgen.runfile.run import Run
from loadgen.runfile.scenario import Scenario
from pushbench import app
from tests.imports import ROOT

DOCS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    if path.parent.name != "adr"  # which tells of decisions, and may name what is gone
}
SCENARIOS = DOCS["docs/reference/scenarios.md"]


def keys(table: object, prefix: str = "") -> Iterator[str]:
    assert isinstance(table, dict)
    for key, value in table.items():
        if isinstance(value, dict) and value:  # an empty one is a table of the user's own keys
            yield from keys(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


@pytest.mark.parametrize("key", list(keys(msgspec.to_builtins(Scenario()))))
def test_every_scenario_key_is_documented(key: str) -> None:
    assert f"| `{key}` |" in SCENARIOS


def test_no_scenario_key_is_documented_that_does_not_exist() -> None:
    documented = re.findall(r"^\| `([a-z_.]+)` \|", SCENARIOS, re.MULTILINE)
    assert set(documented) == set(keys(msgspec.to_builtins(Scenario())))


def fields(kind: object) -> Iterator[str]:
    """The field names of every struct within `kind`'s schema, but the scenario's."""
    _, definitions = msgspec.json.schema_components([kind])
    for name, definition in definitions.items():
        if not name.endswith(("Scenario", "Spec")):
            yield from definition.get("properties", {})


@pytest.mark.parametrize("field", sorted(set(fields(Run))))
def test_every_key_of_the_run_file_is_documented(field: str) -> None:
    assert f"`{field}`" in DOCS["docs/reference/run-file.md"]


@pytest.mark.parametrize(
    "command", ["run", "sweep", "serve", "report", "show", "plan", "compare", "scenarios"]
)
def test_every_option_is_documented(command: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "pushbench", command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"COLUMNS": "200", "TERM": "dumb"},
    ).stdout
    options = set(re.findall(r"(--[a-z-]+)", shown)) - {"--help"}
    everything = "\n".join(DOCS.values())
    assert {option for option in options if option not in everything} == set()


def links(page: str) -> Iterator[tuple[Path, str]]:
    """Where the relative links of `page` lead: the file, and the heading's anchor or ""."""
    for target in re.findall(r"\]\(([^)\s]+)\)", DOCS[page]):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            yield (ROOT / page).parent.joinpath(path).resolve() if path else ROOT / page, anchor


def anchors(path: Path) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", DOCS)
def test_every_relative_link_resolves(page: str) -> None:
    dead = [str(path) for path, _ in links(page) if not path.exists()]
    lost = [
        f"{path}#{anchor}" for path, anchor in links(page) if anchor and anchor not in anchors(path)
    ]
    assert dead + lost == []


def test_every_page_is_reachable_from_the_index() -> None:
    reached: set[str] = set()
    todo = ["docs/index.md"]
    while todo:
        page = todo.pop()
        if page in DOCS and page not in reached:
            reached.add(page)
            todo.extend(path.relative_to(ROOT).as_posix() for path, _ in links(page))
    assert set(DOCS) - {"README.md"} - reached == set()


@pytest.mark.parametrize("page", sorted(set(DOCS) - {"README.md"}))
def test_no_page_is_longer_than_150_lines(page: str) -> None:
    assert len(DOCS[page].splitlines()) <= 150


NAMED = re.compile(
    r"(?<![\w/.])(?:docs|feed|loadgen|notebooks|reports(?!/out)|servers|tests)/[\w./-]*"
    r"\.(?:css|html|ipynb|jsonl?|js|md|mjs|png|py|toml)\b"
)
EVERYWHERE = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"]


@pytest.mark.parametrize("path", EVERYWHERE, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_is_named_exists(path: Path) -> None:
    named = NAMED.findall(path.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def commands() -> Iterator[str]:
    """The command lines of pushbench in the consoles of the docs."""
    for text in DOCS.values():
        joined = text.replace("\\\n", " ")
        yield from re.findall(r"^ *\$ (?:\.venv/bin/)?pushbench (.*)$", joined, re.MULTILINE)


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_every_command_line_in_the_docs_is_understood(line: str) -> None:
    name, *arguments = shlex.split(line)
    group = typer.main.get_command(app)
    with group.commands[name].make_context(name, list(arguments)) as context:  # type: ignore[attr-defined]
        given = context.params
    traces = [one for one in given.get("settings") or () if one.startswith("feed.trace=")]
    if "settings" in given and given["scenario"] in names() and not traces:
        load(given["scenario"], given["settings"])


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("page", DOCS)
def test_lines_of_prose_are_at_most_130_characters_long(page: str) -> None:
    prose = re.sub(r"^```.*?^```|^\|.*?$|^!\[.*?$", "", DOCS[page], flags=re.MULTILINE | re.DOTALL)
    assert [line for line in prose.splitlines() if len(line) > 130] == []


def test_every_page_that_the_code_names_exists() -> None:
    """As docs/index.md, docs/reference/method/ or docs/adr/0009, a decision by its number."""
    rooms = ("feed", "servers", "loadgen", "reports", "tests")
    code = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    code += [ROOT / "Makefile", *(ROOT / "servers" / "node").glob("*.js")]
    named = {
        name
        for path in code
        if "node_modules" not in path.parts
        for name in re.findall(
            r"\bdocs/(?:adr/\d{4}|[\w/-]+(?:\.md|/))", path.read_text(encoding="utf-8")
        )
    }
    assert "docs/reference/scenarios.md" in named
    assert [name for name in sorted(named) if not list(ROOT.glob(f"{name.rstrip('/')}*"))] == []
