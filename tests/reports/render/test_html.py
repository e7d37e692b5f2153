"""The page: whole, self-contained, safe, and of one mind with the numbers that show prints."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from loadgen.runfile.run import Run
from reports.render.html import render, write
from reports.render.text import show
from reports.run_analysis import RunAnalysis
from reports.summary import tables
from reports.summary.measures import BY_KEY, MEASURES
from reports.summary.summary import summarise
from tests.reports import runs
from tests.reports.conftest import SHAPES

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Outline(HTMLParser):
    """Checks that every element is closed where it should be, and collects what matters."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text.append(data)


def outline(page: str) -> Outline:
    found = Outline()
    found.feed(page)
    found.close()
    return found


@pytest.fixture(scope="module")
def page(plausible: Run) -> str:
    return render(RunAnalysis(plausible))


@pytest.fixture(scope="module", params=SHAPES)
def any_page(request: pytest.FixtureRequest) -> str:
    """Of a run of each shape in turn; drawn once for all tests of it."""
    return render(RunAnalysis(SHAPES[request.param]()))


def test_a_run_of_any_shape_gives_a_well_formed_page(any_page: str) -> None:
    found = outline(any_page)
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    assert not re.search(r"\b(nan|NaN|None|inf|Infinity)\b", " ".join(found.text))
    assert "nan" not in re.findall(r'(?:d|x|y|width|height)="[^"]*"', any_page)
    assert len(any_page.encode()) < 500_000


def test_the_page_needs_nothing_from_outside(page: str) -> None:
    found = outline(page)
    assert found.tags.isdisjoint({"script", "link", "img", "iframe", "object", "base"})
    assert "://" not in page
    assert "@import" not in page
    assert {name for name, _ in found.attributes}.isdisjoint({"src", "srcset", "data", "action"})
    assert all(value.startswith("#") for name, value in found.attributes if name == "href")
    assert all(value.startswith("#") for value in re.findall(r"url\(([^)]*)\)", page))
    assert not any(name.startswith("on") for name, _ in found.attributes)


def test_references_within_the_page_lead_somewhere(page: str) -> None:
    ids = set(outline(page).ids)
    wanted = set(re.findall(r'href="#([^"]+)"', page)) | set(re.findall(r"url\(#([^)]+)\)", page))
    assert wanted <= ids


def test_the_page_is_in_english_and_fits_a_phone(page: str) -> None:
    assert '<html lang="en">' in page
    assert 'name="viewport"' in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_every_chart_is_told_to_those_who_cannot_see_it(page: str) -> None:
    charts = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(charts) == 12
    for chart in charts:
        assert re.match(r'<svg role="img" aria-label="[^"]+"', chart)
        assert "<title>" in chart
        assert "<desc>" in chart


def test_the_answer_comes_first(page: str) -> None:
    text = " ".join(outline(page).text)
    places = [
        text.index(words)
        for words in (
            "Short polling made",
            "In favour of polling",
            "What should I use",
            "requests once connected",
            "How old are my messages",
            "What did I pay",
            "Requests, useful",
            "Bytes for each",
            "CPU time for",
            "Memory for each",
            "Where does the answer flip",
            "How sure are the differences",
            "Does theory agree",
            "generator healthy",
            "How was this measured",
            "The scenario",
            "The machine",
            "What each number means",
        )
    ]
    assert places == sorted(places)


def test_the_packets_are_told_with_their_network(page: str, plausible: Run) -> None:
    text = " ".join(" ".join(outline(page).text).split())
    assert "Segments were counted on loopback, where one carries what a network sends" in text
    assert "Computed from the sizes of the messages, for an MTU of 1,500: short polling" in text
    machine = msgspec.structs.replace(plausible.machine, network="eth0, 1 Gbit/s")
    elsewhere = render(RunAnalysis(msgspec.structs.replace(plausible, machine=machine)))
    assert "Segments were counted on eth0, 1 Gbit/s." in elsewhere


def test_hidden_percentiles_are_explained() -> None:
    thin = msgspec.structs.replace(runs.websocket(), latency=runs.durations([1_000_000] * 19))
    page = render(
        RunAnalysis(runs.run([runs.trial("websocket", 1, thin)], runs.scenario(["websocket"], 1)))
    )
    assert "fewer than ten deliveries of a trial lie beyond the percentile" in page
    assert "too few for a median" in page


def test_a_run_against_itself_tells_its_noise() -> None:
    trials = [
        runs.trial(name, number, make(seed))
        for number in (1, 2, 3)
        for name, make, seed in (
            ("short-poll", runs.short_poll, number),
            ("websocket", runs.websocket, number),
            ("websocket#2", runs.websocket, number + 10),
        )
    ]
    page = render(RunAnalysis(runs.run(trials, runs.scenario(["short-poll", "websocket"]))))
    assert "The same transport against itself (WebSocket): ratio" in page
    assert '<th scope="row">WebSocket (again)</th>' in page
    assert page.count('<section class="card"') == 2


def test_headings_go_down_one_step_at_a_time(any_page: str) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])", any_page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_every_picture_has_its_table_behind_it(any_page: str) -> None:
    after = [part.split("<figure>")[0] for part in any_page.split("</figure>")[1:]]
    assert all("<details" in part and "<table" in part for part in after)


def test_the_contents_lead_to_sections(any_page: str) -> None:
    wanted = set(re.findall(r'href="#([^"]+)"', any_page))
    assert wanted >= {"answer", "use", "latency", "paid", "theory", "health", "measured"}
    assert wanted <= set(outline(any_page).ids)


def test_untrusted_text_is_escaped() -> None:
    attack = '<img src=x onerror="alert(1)">'
    plan = runs.scenario(name=attack, description=attack)
    plan = msgspec.structs.replace(
        plan, feed=msgspec.structs.replace(plan.feed, schedule="trace", trace=attack)
    )
    trials = [
        runs.trial(attack, 1, runs.short_poll()),
        runs.failed("websocket", 1, attack),
    ]
    page = render(RunAnalysis(msgspec.structs.replace(runs.run(trials, plan), command=attack)))
    assert "<img" not in page
    found = outline(page)
    assert "img" not in found.tags
    assert " ".join(found.text).count(attack) >= 5


def test_the_page_and_the_table_show_the_same_figures(page: str, plausible: Run) -> None:
    head, _, *rows = show(RunAnalysis(plausible), "markdown").splitlines()
    cells = [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in rows]
    shown = {row[0]: row[1:] for row in cells}
    text = unescape(page)
    for section in ("latency", "requests", "layers", "cpu", "memory", "generator", "deliveries"):
        keys = [measure.key for measure in MEASURES if measure.table == section]
        for column, summary in enumerate(summarise(plausible)):
            table = tables.of_measures("", section, [summary])
            for key, cell in zip(keys, table.rows[0][1:], strict=True):
                assert shown[BY_KEY[key].label][column] == cell.text
                assert f"<td>{cell.text}" in text


def test_the_same_run_gives_the_same_bytes(page: str, plausible: Run) -> None:
    assert render(RunAnalysis(plausible)) == page


def test_write_leaves_a_page_and_nothing_else(plausible: Run, page: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("an older one")
    write(RunAnalysis(plausible), path)
    assert path.read_text(encoding="utf-8") == page
    assert list(tmp_path.iterdir()) == [path]


def test_a_page_that_cannot_be_put_in_place_leaves_nothing(plausible: Run, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write(RunAnalysis(plausible), tmp_path / "missing" / "report.html")
    folder = tmp_path / "report.html"
    folder.mkdir()
    with pytest.raises(IsADirectoryError):
        write(RunAnalysis(plausible), folder)
    assert list(tmp_path.iterdir()) == [folder]
