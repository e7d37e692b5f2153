"""The pages: each one HTML file that needs nothing else. The only door to jinja2."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from loadgen.runfile.run import Run, write_whole
from reports.comparison.limits import Checked
from reports.comparison.two_runs import TwoRuns
from reports.formatting.units import NOTHING
from reports.planning.crossover_from_sweep import cells
from reports.render import sweep_page, two_runs
from reports.run_analysis import RunAnalysis
from reports.sections.answer import answer
from reports.sections.contents import contents
from reports.sections.goals import Goals, goals
from reports.sections.measured import Card, cards
from reports.sections.section import Section

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Use:
    """What to use, by goal, and each transport's big figures. note: what those figures are."""

    goals: Goals
    cards: tuple[Card, ...]
    note: str


@dataclass(frozen=True)
class Page:
    """What page.html.j2 shows, from the top down.

    kicker   behind the name, above the heading.
    grounds  what the answer stands on.
    use      None for a page without goals, which has no list of contents either.
    broad    it has room for a table of two runs.
    """

    title: str
    name: str
    kicker: str
    heading: str
    answer: tuple[str, ...]
    sections: tuple[Section, ...]
    cautions: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()
    use: Use | None = None
    footer: str = ""
    broad: bool = False


def render(analysis: RunAnalysis) -> str:
    """The page of a run. Names, paths and failures of the run are untrusted: all are escaped."""
    run, summaries = analysis.run, analysis.summaries
    found = answer(summaries, analysis.findings)
    several_rounds = any(summary.rounds > 1 for summary in summaries)
    note = (
        "Every figure of this page is the median over the rounds. In the tables below it, small: "
        "the smallest and the largest round."
    )
    return _render(
        Page(
            title=run.scenario.name,
            name=run.scenario.name,
            kicker=run.started_at[:10],
            heading=analysis.words.title,
            cautions=found.cautions,
            answer=(*found.findings, *filter(None, [found.in_favour])),
            use=Use(goals(summaries), cards(summaries), note if several_rounds else ""),
            sections=contents(analysis),
            footer=f"pushbench {run.pushbench} · run file version {run.version} · {run.started_at}",
        )
    )


def render_sweep(runs: Sequence[Run]) -> str:
    """The page of a sweep; at least one run."""
    name = runs[0].scenario.name
    return _render(
        Page(
            title=f"{name}, a sweep",
            name=name,
            kicker="a sweep",
            heading="Where polling becomes the cheaper",
            answer=sweep_page.answer(cells(runs)),
            sections=sweep_page.sections(runs),
        )
    )


def render_two_runs(compared: TwoRuns, limits: Sequence[Checked] = ()) -> str:
    """The page of two runs side by side, and of the limits that were checked."""
    old, new = compared.old, compared.new
    answer, *grounds = two_runs.sentences(compared)
    return _render(
        Page(
            title=f"{new.scenario.name}, two runs",
            name=new.scenario.name,
            kicker=f"{old.started_at[:10]} → {new.started_at[:10]}",
            heading="What changed from one run to the other",
            cautions=two_runs.cautions(compared),
            answer=(answer,),
            grounds=tuple(grounds),
            sections=two_runs.sections(compared, limits),
            footer=f"pushbench {old.pushbench} and {new.pushbench} · {old.machine.host} and "
            f"{new.machine.host} · {old.started_at} and {new.started_at}",
            broad=True,
        )
    )


def write(analysis: RunAnalysis, path: Path) -> None:
    """Render the page to `path`, which at every instant holds a whole page or what it held before.

    Raises OSError where the folder is missing or cannot be written.
    """
    write_whole(path, render(analysis).encode())


def write_sweep(runs: Sequence[Run], path: Path) -> None:
    """As write(), for a sweep."""
    write_whole(path, render_sweep(runs).encode())


def _render(page: Page) -> str:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: NOTHING if value is None else value,
    )
    style = (_FOLDER / "page.css").read_text(encoding="utf-8")
    return environment.get_template("page.html.j2").render(page=page, style=style)
