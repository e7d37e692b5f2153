"""The report: one HTML file that needs nothing else. The only door to jinja2."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from loadgen.run import Run, write_whole
from reports import (
    deviation,
    flip_chart,
    guard,
    held,
    links,
    outside,
    quantum,
    strips,
    tables,
    two_runs_told,
)
from reports.agreement import agreement
from reports.analysis import summarise
from reports.answer import answer
from reports.browser import browser
from reports.deviation import deviations
from reports.differences import differences
from reports.facts import facts
from reports.flip import flip
from reports.forecast import forecasts
from reports.goals import goals
from reports.health import examine
from reports.held import Held
from reports.libraries import libraries
from reports.measures import of_workload
from reports.over_time import over_time
from reports.repaid import repaid
from reports.sections import cards, sections
from reports.sweep import sweep
from reports.two_runs import TwoRuns
from reports.units import NOTHING
from reports.wording import wording

_FOLDER = Path(__file__).parent

# Section → what the page's contents call it, in the order in which a reader asks.
_CONTENTS = {
    "use": "What to use",
    "latency": "How old",
    "paid": "At what price",
    "flip": "Where it flips",
    "time": "Over time",
    "theory": "Theory",
    "health": "Generator",
    "measured": "How measured",
}


def render(run: Run) -> str:
    """The whole page. Names, paths and failures of the run are untrusted: all are escaped."""
    summaries = summarise(run)
    made = forecasts(run)
    apart = deviations(run, made)
    found = (*examine(run), *deviation.findings(apart))
    words = wording(run.scenario.workload)
    turning, steps = flip(run, summaries, made), over_time(run)
    absent = {"flip": not (turning.lines or turning.missing), "time": not steps.charts}
    template = _environment().get_template("page.html.j2")
    return template.render(
        run=run,
        contents=[entry for entry in _CONTENTS.items() if not absent.get(entry[0])],
        goals=goals(summaries),
        flip=turning,
        flip_picture=flip_chart.picture(turning),
        over_time=steps,
        strips=[(chart, strips.picture(chart)) for chart in steps.charts],
        answer=answer(summaries, found),
        limits=held.table(held.hold(guard.of_scenario(run.scenario.limits), summaries)),
        cards=cards(summaries),
        several_rounds=any(summary.rounds > 1 for summary in summaries),
        sections=sections(run, summaries, made),
        differences=differences(summaries),
        libraries=libraries(run, summaries),
        browser=browser(run, summaries),
        agreement=agreement(apart, made),
        repaid=repaid(summaries),
        quantum=quantum.table(run),
        trials=tables.of_trials(summaries),
        generator=tables.of_measures("Load generator", "generator", summaries),
        deliveries=tables.of_measures(words.deliveries.capitalize(), "deliveries", summaries),
        findings=tables.of_findings(found),
        scenario=outside.known(facts(run.scenario), run),
        link=links.table(run),
        outside=outside.sentences(run),
        machine=facts(run.machine),
        measures=of_workload(run.scenario.workload).values(),
        words=words,
        style=_style(),
    )


def render_sweep(runs: Sequence[Run]) -> str:
    """The page of a sweep; at least one run."""
    template = _environment().get_template("sweep.html.j2")
    return template.render(sweep=sweep(runs), style=_style())


def render_two_runs(compared: TwoRuns, limits: Sequence[Held] = ()) -> str:
    """The page of two runs side by side, and of the limits that were held against them."""
    template = _environment().get_template("two_runs.html.j2")
    return template.render(
        compared=compared,
        cautions=two_runs_told.cautions(compared),
        sentences=two_runs_told.sentences(compared),
        limits=held.table(limits),
        changes=two_runs_told.changes(compared),
        circumstances=two_runs_told.circumstances(compared),
        pairs=two_runs_told.of_pairs(compared),
        findings=two_runs_told.findings(compared),
        style=_style(),
    )


def write(run: Run, path: Path) -> None:
    """Render the page to `path`, which at every instant holds a whole page or what it held before.

    Raises OSError where the folder is missing or cannot be written.
    """
    write_whole(path, render(run).encode())


def write_sweep(runs: Sequence[Run], path: Path) -> None:
    """As write(), for a sweep."""
    write_whole(path, render_sweep(runs).encode())


def _style() -> str:
    return (_FOLDER / "page.css").read_text(encoding="utf-8")


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: NOTHING if value is None else value,
    )
