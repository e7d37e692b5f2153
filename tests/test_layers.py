"""The house has four rooms and one direction; each heavy library has one door."""

from pathlib import Path

import pytest

from tests.imports import ROOMS, ROOT, imported, sources

# What a room may import of the project, besides itself.
ALLOWED = {
    "feed": set[str](),
    "servers": {"feed"},
    "loadgen": {"feed"},
    "reports": {"loadgen.runfile.run", "loadgen.runfile.figures", "feed.schedule"},
}

# Library: how many files may import it, each in another room.
DOORS = ("redis", "distributed", "matplotlib", "jinja2", "socketio", "websockets", "picows")
# On both sides of the wire: of picows, the clients, and one of the servers they are held against.
BOTH_SIDES = {"websockets", "socketio", "picows"}


def forbidden(room: str, names: set[str]) -> set[str]:
    """The modules out of `names` that a file of `room` may not import."""
    ours = {name for name in names if name.split(".")[0] in {*ROOMS, "pushbench"}}
    return {
        name
        for name in ours
        if name.split(".")[0] != room
        and not any(name == ok or name.startswith(f"{ok}.") for ok in ALLOWED[room])
        # `from loadgen import run` names the package as well; the other name decides.
        and not (name in ROOMS and any(ok.startswith(f"{name}.") for ok in ALLOWED[room] & ours))
    }


@pytest.mark.parametrize("path", list(sources()), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_what_the_picture_shows(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    if room == "pushbench.py":
        return
    assert forbidden(room, imported(path.read_text())) == set()


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("feed", "import servers.control.publisher"),
        ("feed", "from loadgen.runfile import run"),
        ("servers", "from loadgen.runfile.run import Run"),
        ("loadgen", "import reports"),
        ("loadgen", "def f():\n    from servers import publisher"),
        ("reports", "from loadgen.trial.trial import measure"),
        ("reports", "from feed import event"),
        ("reports", "import pushbench"),
    ],
)
def test_an_arrow_that_the_picture_lacks_is_found(room: str, line: str) -> None:
    assert forbidden(room, imported(line))


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("reports", "from loadgen.runfile.run import Run"),
        ("reports", "from loadgen.runfile import run"),
        ("reports", "from feed.schedule import events"),
        ("servers", "from feed.history import Gap, History"),
        ("loadgen", "from loadgen import trial"),
    ],
)
def test_an_arrow_of_the_picture_passes(room: str, line: str) -> None:
    assert forbidden(room, imported(line)) == set()


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
    filled_ones = [path for path in ROOT.glob("*/**/__init__.py") if is_ours(path) and filled(path)]
    assert filled_ones == [ROOT / "reports" / "__init__.py"]  # docs/adr/0009


def is_ours(path: Path) -> bool:
    return path.relative_to(ROOT).parts[0] in ROOMS


def filled(path: Path) -> bool:
    return path.read_text().strip() != ""


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: path.name)
def test_no_test_waits_for_time(path: Path) -> None:
    waits = [line for line in path.read_text().splitlines() if "sleep(" in line]
    assert [line for line in waits if "sleep(0)" not in line and '"sleep(' not in line] == []
