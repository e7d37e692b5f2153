"""The rooms and their inner order: what may import what; each heavy library has one door."""

from pathlib import Path

import pytest

from tests.imports import ROOMS, ROOT, imported, sources

# What a room may import of the project, besides itself.
ALLOWED = {
    "feed": set[str](),
    "servers": {"feed"},
    "loadgen": {"feed"},
    "reports": {"feed", "loadgen.runfile"},
}

# Each folder's parts in their order, a line for each rank: a part may import itself and what stands
# on a line before its own.
ORDER = {
    "servers": """
        errors settings
        http
        control transports
        registry
        demo
        process
        cli
        __main__
    """,
    "loadgen": """
        errors
        scenarios
        runfile
        recording
        under_test
        clients
        worker
        trial
        run
        measure cli
    """,
    "loadgen.clients": """
        client header_profiles
        connections browser
        polling push
        socketio
        echo
        registry
    """,
    "reports": """
        formatting
        summary
        comparison theory
        run_analysis planning
        charts
        sections
        render
        cli
    """,
}

MODULES_IN_A_FOLDER = 10
MODULES_IN = {"feed": 11}

# Library: how many files may import it, each in another room.
DOORS = ("redis", "distributed", "matplotlib", "jinja2", "socketio", "websockets", "picows", "h2")
# On both sides of the wire: of picows, the clients, and one of the servers they are held against.
BOTH_SIDES = {"websockets", "socketio", "picows", "h2"}


def module(path: Path) -> str:
    """A file's dotted name; a package's own for its `__init__.py`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def forbidden(importer: str, names: set[str]) -> set[str]:
    """The modules out of `names` that the module `importer` may not import."""
    room = importer.split(".")[0]
    ours = {name for name in names if name.split(".")[0] in {*ROOMS, "pushbench"}}
    outside = {
        name
        for name in ours
        if name.split(".")[0] != room
        and not any(name == ok or name.startswith(f"{ok}.") for ok in ALLOWED[room])
    }
    return outside | {name for name in ours for folder in ORDER if upwards(folder, importer, name)}


def upwards(folder: str, importer: str, name: str) -> bool:
    """Whether, within `folder`, the import runs from one part to another of its rank or above."""
    parts = [each.removeprefix(f"{folder}.").split(".")[0] for each in (importer, name)]
    inside = all(each.startswith(f"{folder}.") for each in (importer, name))
    ranks = {part: rank for rank, line in enumerate(lines(folder)) for part in line}
    # What is no part of the list is a name that a part's package file gives, as reports.load.
    known = inside and all(part in ranks for part in parts)
    return known and parts[0] != parts[1] and ranks[parts[0]] <= ranks[parts[1]]


def lines(folder: str) -> list[list[str]]:
    return [line.split() for line in ORDER[folder].strip().splitlines()]


@pytest.mark.parametrize("room", ROOMS)
def test_a_module_imports_only_what_stands_before_it(room: str) -> None:
    files = [path for path in sources() if path.relative_to(ROOT).parts[0] == room]
    found = {module(path): forbidden(module(path), imported(path.read_text())) for path in files}
    assert {name: bad for name, bad in found.items() if bad} == {}


@pytest.mark.parametrize("folder", ORDER)
def test_the_order_names_every_part_of_a_folder(folder: str) -> None:
    here = ROOT / folder.replace(".", "/")
    parts = {path.stem for path in here.glob("*.py")} - {"__init__"}
    parts |= {path.name for path in here.iterdir() if (path / "__init__.py").exists()}
    assert {part for line in lines(folder) for part in line} == parts


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("feed.event", "import servers.publisher"),
        ("feed.event", "from loadgen.runfile import run"),
        ("servers.cli", "from loadgen.runfile.run import Run"),
        ("servers.http.response", "from servers.transports import sse"),
        ("servers.control.barrier", "from servers.transports.sse import sse"),
        ("loadgen.cli", "import reports"),
        ("loadgen.measure", "def f():\n    from servers import process"),
        ("loadgen.runfile.run", "from loadgen.trial.trial import measure"),
        ("loadgen.clients.push.sse", "from loadgen.clients.polling.poller import Poller"),
        ("reports.cli", "from loadgen.trial.trial import measure"),
        ("reports.theory.predict", "from reports.comparison import ratios"),
        ("reports.summary.summary", "from reports.render.text import brief"),
        ("reports.cli", "import pushbench"),
    ],
)
def test_an_import_against_the_order_is_found(importer: str, line: str) -> None:
    assert forbidden(importer, imported(line))


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("reports.cli", "from loadgen.runfile.run import Run"),
        ("reports.cli", "from loadgen.runfile import run"),
        ("reports.theory.predict", "from feed.schedule import events"),
        ("reports.sections.goals", "from reports.sections.answer import answer"),
        ("servers.http.response", "from feed.history import Gap, History"),
        ("loadgen.cli", "from loadgen.trial import trial"),
    ],
)
def test_an_import_in_the_order_passes(importer: str, line: str) -> None:
    assert forbidden(importer, imported(line)) == set()


def test_no_folder_holds_more_modules_than_one_can_survey() -> None:
    held: dict[str, int] = {}
    for path in sources():
        if path.name not in ("__init__.py", "__main__.py"):
            folder = str(path.parent.relative_to(ROOT))
            held[folder] = held.get(folder, 0) + 1
    full = {at: n for at, n in held.items() if n > MODULES_IN.get(at, MODULES_IN_A_FOLDER)}
    assert full == {}


@pytest.mark.parametrize("library", DOORS)
def test_a_library_has_one_door(library: str) -> None:
    doors = [
        str(path.relative_to(ROOT))
        for path in sources()
        if library in {name.split(".")[0] for name in imported(path.read_text())}
    ]
    rooms = [door.split("/")[0] for door in doors]
    assert len(doors) <= (2 if library in BOTH_SIDES else 1), doors
    assert len(set(rooms)) == len(rooms), doors


def test_package_files_stay_empty_but_for_the_one_of_the_notebooks() -> None:
    ours = [path for room in ROOMS for path in (ROOT / room).rglob("__init__.py")]
    assert [path for path in ours if path.read_text().strip()] == [
        ROOT / "reports" / "__init__.py"  # docs/adr/0009
    ]


def test_no_test_waits_for_time() -> None:
    waits = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for line in path.read_text().splitlines()
        if "sleep(" in line and "sleep(0)" not in line and '"sleep(' not in line
    ]
    assert waits == []


# Tests of several modules at once, by what they have in common.
ACROSS = {
    "tests/loadgen/clients/test_switches.py",
    "tests/servers/test_bad_requests.py",
    "tests/servers/test_bad_socketio.py",
    "tests/servers/test_bad_subscribers.py",
    "tests/servers/test_contract.py",
    "tests/servers/test_same_bytes.py",
}


def test_a_test_stands_where_its_module_does() -> None:
    lost = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / "tests" / room).rglob("test_*.py")
        if not (ROOT / path.relative_to(ROOT / "tests").with_name(path.name[5:])).exists()
    }
    assert {path for path in lost if not path.startswith("tests/servers/node/")} == ACROSS
