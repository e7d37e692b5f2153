"""What the report says of the run's surroundings: browsers, the path, a server from outside."""

from collections.abc import Iterator

import msgspec
import pytest

from feed.transport import parsed
from loadgen.runfile.figures import BrowserFigures, Distribution, Figures, Layers, Link, Traffic
from loadgen.runfile.run import Run, Trial
from reports.comparison.ratios import baseline
from reports.formatting.transport_style import style_of
from reports.render import html
from reports.run_analysis import RunAnalysis
from reports.sections import environment
from reports.sections.answer import answer
from reports.sections.environment import browser
from reports.summary import tables
from reports.summary.summary import summarise
from tests.reports import runs

MS = 1_000_000
TOLD = BrowserFigures(
    version="Chrome 156.0",
    clock_error_ns=300_000,
    ready=runs.usage(0, 100 * MS, 600_000_000),
    window_start=runs.usage(10 * MS, 200 * MS, 900_000_000),
    window_end=runs.usage(60_010 * MS, 1_400 * MS, 900_000_000),
)


def by_pages(figures: Figures) -> Figures:
    """The same trial, had a browser received it."""

    def unknown(layers: Layers) -> Layers:
        return msgspec.structs.replace(layers, tcp_bytes=None, segments=None)

    window = figures.window
    traffic = Traffic(unknown(window.up), unknown(window.down), connections=0)
    return msgspec.structs.replace(figures, window=traffic, whole=traffic, browser=TOLD)


@pytest.fixture
def both(plausible: Run) -> Run:
    """A run in which pages received everything as well."""

    def trials() -> Iterator[Trial]:
        for trial in plausible.trials:
            assert trial.figures
            yield trial
            yield runs.trial(f"{trial.transport}#chromium", trial.round, by_pages(trial.figures))

    names = plausible.scenario.transports
    scenario = msgspec.structs.replace(
        plausible.scenario, transports=(*names, *(f"{name}#chromium" for name in names))
    )
    return runs.run(trials(), scenario)


@pytest.mark.parametrize(
    ("transport", "name"),
    [
        ("short-poll#chromium", "short polling (Chromium)"),
        ("websocket@aiohttp#chromium", "WebSocket (aiohttp, Chromium)"),
        ("sse#chromium#2", "server-sent events (Chromium, again)"),
        ("websocket#2", "WebSocket (again)"),
    ],
)
def test_a_page_is_named_by_its_browser(transport: str, name: str) -> None:
    assert style_of(transport).name == name


def test_only_the_same_again_measures_the_noise() -> None:
    assert parsed("websocket#2").is_again
    assert not parsed("websocket#chromium").is_again
    assert parsed("websocket#chromium").in_chromium
    assert not parsed("websocket#2").in_chromium


def test_each_transport_stands_beside_its_pages(both: Run) -> None:
    (section,) = browser(RunAnalysis(both))
    made = section.tables[0].table
    names = [row[0].text for row in made.rows]
    assert names[:2] == ["Short polling", "Short polling (Chromium)"]
    assert len(names) == 6
    ours, pages = made.rows[:2]
    assert ours[1:] == pages[1:]


def test_the_reading_names_the_browser_and_its_clocks_bound(both: Run) -> None:
    (section,) = browser(RunAnalysis(both))
    (reading,) = section.sentences
    assert "Chrome 156.0" in reading
    assert "off by up to 300\u00a0µs" in reading


def test_a_run_without_pages_has_no_such_section(plausible: Run) -> None:
    assert list(browser(RunAnalysis(plausible))) == []
    assert "In a real browser" not in html.render(RunAnalysis(plausible))


def test_what_a_browser_does_not_tell_is_said(both: Run) -> None:
    layers = tables.of_measures("", "layers", summarise(both))
    said = {row[0].text: [f"{cell.text} {cell.spread}" for cell in row[4:]] for row in layers.rows}
    assert said["WebSocket (Chromium)"] == ["not known for a browser"] * 3
    assert "not known for a browser" not in said["WebSocket"]


def test_the_headline_holds_our_own_clients_against_each_other(both: Run) -> None:
    summaries = summarise(both)
    base = baseline(summaries)
    assert base
    assert base.transport == "websocket"
    assert not any("Chromium" in sentence for sentence in answer(summaries, ()).findings)


def test_a_run_of_pages_alone_is_answered_too(both: Run) -> None:
    alone = [s for s in summarise(both) if parsed(s.transport).in_chromium]
    assert any("Chromium" in sentence for sentence in answer(alone, ()).findings)


def test_the_browsers_time_counts_as_the_generators(both: Run) -> None:
    ours, pages = (
        next(s for s in summarise(both) if s.transport == name)
        for name in ("websocket", "websocket#chromium")
    )
    key = "generator_cpu_ns_per_delivery"
    more_ns = (pages[key] or 0) - (ours[key] or 0)
    assert more_ns == pytest.approx(1_200 * MS / runs.EXPECTED)


def test_a_chart_tells_the_two_apart(both: Run) -> None:
    rendered = html.render(RunAnalysis(both))
    assert "In a real browser" in rendered
    assert "<pattern" in rendered  # the hatching of a page's bars


def steady(ns: int) -> Distribution:
    return Distribution(
        count=1, mean_ns=ns, min_ns=ns, p50_ns=ns, p90_ns=ns, p99_ns=ns, p999_ns=ns, max_ns=ns
    )


def over(run: Run, added_ns: tuple[int | None, ...]) -> Run:
    """The run, with what the relay added in round 1, 2 and 3; None: no relay."""

    def link(number: int) -> Link:
        rtt, connect = steady(80_000_000), steady(160_000_000)
        return Link(rtt=rtt, connect=connect, relay_rtt_ns=added_ns[number - 1])

    trials = tuple(
        msgspec.structs.replace(
            trial, figures=msgspec.structs.replace(trial.figures, link=link(trial.round))
        )
        for trial in run.trials
        if trial.figures
    )
    return msgspec.structs.replace(run, trials=trials)


def test_the_relays_own_delay_is_told_with_its_spread(plausible: Run) -> None:
    made = environment.table(over(plausible, (70_000, 50_000, 90_000)))
    assert made is not None
    _, rtt, connect, added = made.rows[0]
    assert (rtt.text, connect.text) == ("80.0\u00a0ms", "160\u00a0ms")
    assert (added.text, added.spread) == ("70.0\u00a0µs", "50.0–90.0\u00a0µs")


def test_without_a_relay_it_says_so(plausible: Run) -> None:
    made = environment.table(over(plausible, (None, None, None)))
    assert made is not None
    assert made.rows[0][3].text == "no relay"


def test_a_run_whose_path_was_not_measured_has_no_table(plausible: Run) -> None:
    trials = tuple(
        msgspec.structs.replace(trial, figures=msgspec.structs.replace(trial.figures, link=None))
        for trial in plausible.trials
        if trial.figures
    )
    assert environment.table(msgspec.structs.replace(plausible, trials=trials)) is None


def test_the_page_has_the_table(plausible: Run) -> None:
    assert "added by the relay itself" in html.render(
        RunAnalysis(over(plausible, (70_000, 50_000, 90_000)))
    )
