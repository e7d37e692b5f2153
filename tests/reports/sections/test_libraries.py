"""What the protocol costs and what the library adds, worked out by hand."""

import msgspec
import pytest

from loadgen.runfile.figures import Figures
from loadgen.runfile.run import Run
from reports.formatting.table import Cell
from reports.render.html import render
from reports.render.text import brief, show
from reports.run_analysis import RunAnalysis
from reports.sections.libraries import Libraries, libraries, library
from reports.summary.summary import summarise
from tests.reports import runs

# Server CPU in ms per 1,000 deliveries, by round; 1,200 deliveries each.
COSTS = {
    "websocket": (30, 33, 36),
    "websocket@picows": (20, 22, 24),
    "websocket@aiohttp": (20, 23, 24),
    "short-poll": (600, 660, 720),
    "short-poll@httptools": (200, 220, 240),
    "long-poll": (100, 110, 120),
}
LIBRARIES = {"websocket": "websockets", "short-poll": "aiohttp", "long-poll": "aiohttp"}


def costing(measured: Figures, cost: int, served_by: str) -> Figures:
    """The same trial, had the server taken `cost` ms for 1,000 deliveries."""
    server = measured.server
    assert server
    end = runs.usage(10 * runs.MS + runs.WINDOW_NS, 20 * runs.MS + cost * 1_200_000, 42_000_000)
    changed = msgspec.structs.replace(server, window_end=end, libraries={served_by: "1.0"})
    return msgspec.structs.replace(measured, server=changed)


def run_of(*transports: str, rounds: int = 3) -> Run:
    trials = []
    for name in transports:
        word, _, behind = name.partition("#")[0].partition("@")
        for number in range(1, rounds + 1):
            cost = COSTS[name.partition("#")[0]][number - 1]
            measured = costing(runs.MAKERS[word](number), cost, behind or LIBRARIES[word])
            trials.append(runs.trial(name, number, measured))
    return runs.run(trials, runs.scenario(transports, rounds))


def told(run: Run) -> Libraries:
    return libraries(run, summarise(run))


def test_the_cheapest_library_is_what_the_protocol_costs() -> None:
    found = told(run_of("websocket", "websocket@picows", "websocket@aiohttp"))
    assert found.sentences == (
        "WebSocket costs 22.0\N{NO-BREAK SPACE}ms of server CPU per 1,000 deliveries at its "
        "cheapest here, with picows; aiohttp is level with it (1.00 to 1.05), "
        "websockets takes 1.5× as much (1.50 to 1.50).",
    )


def test_each_library_has_a_row_with_its_ratio_and_its_interval() -> None:
    (table,) = told(run_of("websocket", "websocket@picows", "websocket@aiohttp")).tables
    assert table.head == (
        "",
        "server CPU per 1,000 deliveries",
        "÷ its cheapest",
        "server memory per client",
    )
    assert [(row[0].text, row[2]) for row in table.rows] == [
        ("WebSocket (picows)", Cell("1")),
        ("WebSocket (aiohttp)", Cell("level", "1.00 to 1.05")),
        ("WebSocket (websockets)", Cell("1.5×", "1.50 to 1.50")),
    ]


def test_the_cheapest_polling_is_held_against_the_cheapest_push() -> None:
    found = told(run_of(*COSTS))
    assert found.sentences[-1] == (
        "Each at its cheapest, long polling (aiohttp) and WebSocket (picows), polling takes 5.0× "
        "the server CPU of push (5.00 to 5.00): 110\N{NO-BREAK SPACE}ms against "
        "22.0\N{NO-BREAK SPACE}ms."
    )
    assert [(row[0].text, row[2].text) for row in found.tables[1].rows] == [
        ("WebSocket (picows)", "1"),
        ("Long polling (aiohttp)", "5.0×"),
        ("Short polling (httptools)", "10×"),
    ]


def test_bytes_are_shown_where_the_libraries_differ_in_them() -> None:
    run = run_of("websocket", "websocket@picows")
    (table,) = told(run).tables
    assert len(table.head) == 4
    fat = [
        msgspec.structs.replace(trial, figures=_with_longer_frames(trial.figures))
        if trial.transport == "websocket" and trial.figures
        else trial
        for trial in run.trials
    ]
    (table,) = told(msgspec.structs.replace(run, trials=tuple(fat))).tables
    assert table.head[-1] == "on the wire per event"


def _with_longer_frames(measured: Figures) -> Figures:
    down = measured.window.down
    assert down.tcp_bytes is not None
    longer = msgspec.structs.replace(
        down, tcp_bytes=2 * down.tcp_bytes, protocol_bytes=2 * down.protocol_bytes
    )
    window = msgspec.structs.replace(measured.window, down=longer)
    return msgspec.structs.replace(measured, window=window)


def test_one_library_each_shows_nothing() -> None:
    assert told(run_of("websocket", "short-poll", "websocket#2")) == Libraries((), ())
    assert told(runs.run([])) == Libraries((), ())


def test_without_polling_or_without_push_only_the_libraries_are_held_together() -> None:
    assert len(told(run_of("short-poll", "short-poll@httptools")).sentences) == 1
    assert len(told(run_of("short-poll", "short-poll@httptools")).tables) == 1


def test_few_rounds_have_no_interval() -> None:
    found = told(run_of("websocket", "websocket@picows", rounds=2))
    assert found.sentences[0].endswith(
        "with picows; websockets takes 1.5× as much (may be chance: needs 3 rounds)."
    )
    assert found.tables[0].rows[1][2] == Cell("cannot tell", "1.5×, needs 3 rounds")


def test_a_sick_generator_is_named() -> None:
    run = run_of("websocket", "websocket@picows")
    sick = [
        msgspec.structs.replace(
            trial,
            figures=msgspec.structs.replace(
                trial.figures, workers=(runs.worker(58_000 * runs.MS, 70 * runs.MS),)
            ),
        )
        if trial.transport == "websocket" and trial.figures
        else trial
        for trial in run.trials
    ]
    found = told(msgspec.structs.replace(run, trials=tuple(sick)))
    assert found.sentences[0].startswith("Measured by a sick generator, and so no fact: WebSocket")
    assert found.tables[0].rows[1][0].text == "WebSocket (websockets) (sick)"


@pytest.mark.parametrize(
    ("transport", "served_by"),
    [("websocket", "websockets"), ("websocket@picows", "picows"), ("long-poll", "")],
)
def test_a_library_is_behind_the_at_or_what_the_server_said(transport: str, served_by: str) -> None:
    assert library(run_of("websocket", "websocket@picows"), transport) == served_by


def test_page_and_terminal_show_it() -> None:
    run = run_of(*COSTS)
    assert "Protocol or library?" in render(RunAnalysis(run))
    assert "with picows; aiohttp is level" in render(RunAnalysis(run))
    for text in (brief(RunAnalysis(run)), show(RunAnalysis(run), "table")):
        assert "Server cost by protocol and library" in text
        assert "Each protocol at its cheapest" in text
    assert "| WebSocket (aiohttp) |" in show(RunAnalysis(run), "markdown")
    assert "cheapest" not in show(RunAnalysis(run), "csv") + show(RunAnalysis(run), "json")
    assert "Protocol or library?" not in render(RunAnalysis(run_of("websocket", "short-poll")))


def test_the_headline_takes_one_library_of_each_polling() -> None:
    text = render(
        RunAnalysis(run_of("short-poll@httptools", "short-poll", "long-poll", "websocket"))
    )
    headline = text[text.index('<div class="answer">') : text.index('<section id="use">')]
    assert "Short polling " in headline
    assert "Long polling " in headline
    assert "httptools" not in headline
