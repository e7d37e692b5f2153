"""The commands `report` and `show`, and the end of a run, as functions that typer can register."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from loadgen.runfile.run import InputError, load
from reports.comparison import limits as guard
from reports.comparison.held import hold
from reports.plan_cli import plan_command
from reports.render.text import Format, brief, show
from reports.summary.summary import summarise
from reports.two_runs_cli import compare_command, tell_broken

RunArgument = Annotated[Path, typer.Argument(help="A run file, or a folder with a run.json.")]
OutOption = Annotated[
    Path | None, typer.Option(help="The page to write; else report.html beside the run file.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to write the numbers.")]


def report_command(run: RunArgument, out: OutOption = None) -> None:
    """Make the HTML report of a run file."""
    print(write_report(run, out))


def show_command(run: RunArgument, format: FormatOption = "table") -> None:
    """Print the numbers of a run file."""
    print(show(load(run), format), end="")


def write_report(run: Path, out: Path | None = None) -> Path:
    """Write the report of a run file, or of a folder's run.json; the path it was written to.

    Raises InputError where the run cannot be read or the page cannot be written.
    """
    from reports.render import html  # here, as matplotlib takes most of a second to load

    path = out or (run if run.is_dir() else run.parent) / "report.html"
    loaded = load(run)
    try:
        html.write(loaded, path)
    except OSError as error:
        raise InputError(f"{path}: cannot write the report: {error.strerror}") from None
    return path


def require_limits(limits: Mapping[str, float]) -> None:
    """Raise InputError where a limit of a scenario names a measure that there is not."""
    guard.require_measures(guard.of_scenario(limits))


def conclude(folder: Path) -> int:
    """End a run: print the answer, write the page beside the run file and say where it is.

    The exit status: 1 where a limit of the scenario is broken, each told on stderr; else 0.
    Does nothing where the folder holds no run file yet. Raises InputError as write_report does.
    """
    path = folder / "run.json"
    if not path.exists():
        return 0
    run = load(path)
    print(f"\n{brief(run)}")
    print(write_report(path))
    return tell_broken(hold(guard.of_scenario(run.scenario.limits), summarise(run)))


def conclude_sweep(folder: Path) -> None:
    """End a sweep: print where the answer flips, write sweep.html and say where it is.

    Does nothing where no point of it has a run file yet. Raises InputError as write_report does.
    """
    if not any(folder.glob("*/run.json")):
        return
    from reports.render import html, sweep_page

    runs, path = sweep_page.read(folder), folder / "sweep.html"
    try:
        html.write_sweep(runs, path)
    except OSError as error:
        raise InputError(f"{path}: cannot write the report: {error.strerror}") from None
    print("\n" + "\n".join(sweep_page.sweep(runs).answer))
    print(path)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit status: 0 done, 2 bad input, told in one line on stderr."""
    try:
        _app(arguments, prog_name="python -m reports")
    except InputError as error:
        typer.echo(f"error: {error}", err=True)
        return 2
    except SystemExit as end:  # how typer ends, after help and after a wrong option too
        return int(end.code or 0)
    return 0


_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="What a run file means.",
)
_app.command("report")(report_command)
_app.command("show")(show_command)
_app.command("plan")(plan_command)
_app.command("compare")(compare_command)
