"""The report: one HTML file that needs nothing else. The only door to jinja2."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from loadgen.runfile.run import Run, write_whole
from reports.charts import crossover_chart, time_chart
from reports.charts.time_series import over_time
from reports.comparison import limits as guard
from reports.comparison import limits as held
from reports.comparison.limits import Held
from reports.comparison.ratio_table import differences
from reports.comparison.two_runs import TwoRuns
from reports.formatting.facts import facts
from reports.formatting.units import NOTHING
from reports.formatting.wording import wording
from reports.planning.crossover_from_theory import flip
from reports.render import two_runs
from reports.render.sweep_page import sweep
from reports.sections import environment, quantum_2010
from reports.sections.answer import answer
from reports.sections.environment import browser
from reports.sections.goals import goals
from reports.sections.handshake_cost import repaid
from reports.sections.libraries import libraries
from reports.sections.measured import cards, sections
from reports.sections.theory import agreement
from reports.summary import tables
from reports.summary.health import examine
from reports.summary.measures import of_workload
from reports.summary.summary import summarise
from reports.theory import deviation
from reports.theory.deviation import deviations
from reports.theory.forecast import forecasts

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
        flip_picture=crossover_chart.picture(turning),
        over_time=steps,
        strips=[(chart, time_chart.picture(chart)) for chart in steps.charts],
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
        quantum=quantum_2010.table(run),
        trials=tables.of_trials(summaries),
        generator=tables.of_measures("Load generator", "generator", summaries),
        deliveries=tables.of_measures(words.deliveries.capitalize(), "deliveries", summaries),
        findings=tables.of_findings(found),
        scenario=environment.known(facts(run.scenario), run),
        link=environment.table(run),
        outside=environment.sentences(run),
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
        cautions=two_runs.cautions(compared),
        sentences=two_runs.sentences(compared),
        limits=held.table(limits),
        changes=two_runs.changes(compared),
        circumstances=two_runs.circumstances(compared),
        pairs=two_runs.of_pairs(compared),
        findings=two_runs.findings(compared),
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
