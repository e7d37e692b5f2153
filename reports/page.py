"""The report: one HTML file that needs nothing else. The only door to jinja2."""

import contextlib
import os
import tempfile
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from loadgen.run import Run
from reports import tables
from reports.analysis import summarise
from reports.answer import answer
from reports.facts import facts
from reports.health import examine
from reports.measures import MEASURES
from reports.sections import cards, sections
from reports.units import NOTHING

_FOLDER = Path(__file__).parent


def render(run: Run) -> str:
    """The whole page. Names, paths and failures of the run are untrusted: all are escaped."""
    summaries = summarise(run)
    found = examine(run)
    template = _environment().get_template("page.html.j2")
    return template.render(
        run=run,
        answer=answer(summaries, found),
        cards=cards(summaries),
        several_rounds=any(summary.rounds > 1 for summary in summaries),
        sections=sections(run, summaries),
        trials=tables.of_trials(summaries),
        generator=tables.of_measures("Load generator", "generator", summaries),
        deliveries=tables.of_measures("Deliveries", "deliveries", summaries),
        findings=tables.of_findings(found),
        scenario=facts(run.scenario),
        machine=facts(run.machine),
        measures=MEASURES,
        style=(_FOLDER / "page.css").read_text(encoding="utf-8"),
    )


def write(run: Run, path: Path) -> None:
    """Render the page to `path`, which at every instant holds a whole page or what it held before.

    Raises OSError where the folder is missing or cannot be written.
    """
    text = render(run)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: NOTHING if value is None else value,
    )
