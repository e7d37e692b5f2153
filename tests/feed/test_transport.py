"""Names of transports taken apart, and the one table of what each is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from feed.transport import SHORT_POLL, Transport, names, parsed, table
from loadgen.clients.registry import CLIENTS, ECHO_CLIENTS
from loadgen.runfile.scenario import DEFAULTS
from servers.registry import TRANSPORTS
from tests.imports import ROOT, sources

# Where the names may be spelled out: the table, the registries and the scenario's defaults.
SPELLED = {
    "feed/transport.py",
    "servers/registry.py",
    "loadgen/clients/registry.py",
    "loadgen/runfile/scenario.py",
}
# Words that are names elsewhere: a URL's scheme, a scenario's table and engine.io's.
OTHERS = {
    ("loadgen/under_test/running_server.py", "tcp"),
    ("servers/transports/socketio.py", "websocket"),
}


def test_a_name_is_taken_apart() -> None:
    assert parsed("websocket") == Transport("websocket", "", ())
    assert parsed("websocket@picows#chromium") == Transport("websocket", "picows", ("chromium",))
    assert parsed("websocket@picows#2").served == "websocket@picows"


@pytest.mark.parametrize("name", table())
def test_a_name_at_the_server_is_its_own(name: str) -> None:
    assert parsed(name).served == name
    assert parsed(name).is_plain
    assert parsed(name).traits is table()[name]


def test_marks_tell_a_second_self_from_a_page() -> None:
    again, page = parsed("sse#2"), parsed("sse#chromium")
    assert (again.is_again, again.in_chromium, again.is_plain) == (True, False, False)
    assert (page.is_again, page.in_chromium, page.is_plain) == (False, True, False)
    assert page.traits is table()["sse"]


def test_how_events_come() -> None:
    on_grid = {name for name in table() if parsed(name).polls_on_grid}
    assert on_grid == {"short-poll", "short-poll@httptools"}
    assert [name for name in names("echo") if parsed(name).pushes] == [
        "websocket",
        "socketio-websocket",
        "websocket@nodejs-websocket",
        "socketio-websocket@node",
    ]
    assert parsed("sse").is_choice
    assert not parsed("tcp").is_choice


def test_a_library_that_no_table_has_is_as_its_protocol() -> None:
    assert parsed("sse@elsewhere").pushes


def test_a_protocol_that_no_table_has_counts_as_polling() -> None:
    unknown = parsed("carrier-pigeon")
    assert (unknown.pushes, unknown.polls_on_grid, unknown.is_choice) == (False, False, True)


def test_the_other_tables_have_the_same_names() -> None:
    ours = {name for name in table() if not parsed(name).traits.on_node}
    assert set(TRANSPORTS) == ours
    assert set(CLIENTS) == {parsed(name).protocol for name in names("feed")}
    assert set(ECHO_CLIENTS) == {parsed(name).protocol for name in names("echo")}
    assert all(set(chosen) <= set(names(workload)) for workload, chosen in DEFAULTS.items())


def literals(path: Path) -> Iterator[str]:
    """The string constants of a file that are names of transports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            protocol, _, library = node.value.partition("@")
            if protocol in names("feed") + names("echo") and (not library or node.value in table()):
                yield node.value


def test_no_other_file_spells_a_name_out() -> None:
    found = {
        (place, name)
        for path in sources()
        if (place := str(path.relative_to(ROOT))) not in SPELLED
        for name in literals(path)
    }
    assert found == OTHERS


def test_a_literal_is_found(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(f'KIND = "{SHORT_POLL}"\n')
    assert list(literals(tmp_path / "x.py")) == [SHORT_POLL]
