"""The commands `report` and `show`, as plain functions that typer can register."""

from pathlib import Path
from typing import Annotated

import typer

from loadgen.run import InputError, Run, load
from reports.capacity import MOST_BUSY, Size
from reports.plan import Prices, plan, told
from reports.show import Format, brief, show

RunArgument = Annotated[Path, typer.Argument(help="A run file, or a folder with a run.json.")]
OutOption = Annotated[
    Path | None, typer.Option(help="The page to write; else report.html beside the run file.")
]
PlanRunOption = Annotated[
    list[Path], typer.Option(help="A run file, or a sweep's folder; may be given several times.")
]
PriceOption = Annotated[
    float | None,
    typer.Option(min=0, help="Of a month: of a core, of 1 GB of memory, of 1 GB sent."),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to write the numbers.")]


def report_command(run: RunArgument, out: OutOption = None) -> None:
    """Make the HTML report of a run file."""
    print(write_report(run, out))


def show_command(run: RunArgument, format: FormatOption = "table") -> None:
    """Print the numbers of a run file."""
    print(show(load(run), format), end="")


def plan_command(
    run: PlanRunOption,
    clients: Annotated[int, typer.Option(min=1, max=10**12, help="Subscribers.")],
    rate: Annotated[float, typer.Option(min=1e-6, max=1e6, help="Events a second.")],
    payload: Annotated[int, typer.Option(min=0, max=10**8, help="Bytes of an event's text.")] = 120,
    interval: Annotated[
        float, typer.Option(min=0.001, max=86_400, help="Seconds between short polls.")
    ] = 1.0,
    busy: Annotated[
        float, typer.Option(min=0.01, max=1, help="How much of a core may be used.")
    ] = MOST_BUSY,
    price_core: PriceOption = None,
    price_gb_memory: PriceOption = None,
    price_gb_traffic: PriceOption = None,
    format: FormatOption = "table",
) -> None:
    """What each transport needs for so many clients, from measured costs and theory."""
    runs = [loaded for path in run for loaded in load_all(path)]
    size = Size(clients, rate, payload, interval, busy)
    made = plan(runs, size, Prices(price_core, price_gb_memory, price_gb_traffic))
    if not made.needs:
        raise InputError(f"{run[0]}: no trial in it tells what its server used")
    print(told(made, format), end="")


def load_all(path: Path) -> list[Run]:
    """A run file, or a folder with one, or a sweep's folder with one for each point."""
    if path.is_dir() and not (path / "run.json").exists() and any(path.glob("*/run.json")):
        return [load(found) for found in sorted(path.glob("*/run.json"))]
    return [load(path)]


def write_report(run: Path, out: Path | None = None) -> Path:
    """Write the report of a run file, or of a folder's run.json; the path it was written to.

    Raises InputError where the run cannot be read or the page cannot be written.
    """
    from reports import page  # here, as matplotlib takes most of a second to load

    path = out or (run if run.is_dir() else run.parent) / "report.html"
    loaded = load(run)
    try:
        page.write(loaded, path)
    except OSError as error:
        raise InputError(f"{path}: cannot write the report: {error.strerror}") from None
    return path


def conclude(folder: Path) -> None:
    """End a run: print the answer, write the page beside the run file and say where it is.

    Does nothing where the folder holds no run file yet. Raises InputError as write_report does.
    """
    run = folder / "run.json"
    if not run.exists():
        return
    print(f"\n{brief(load(run))}")
    print(write_report(run))


def conclude_sweep(folder: Path) -> None:
    """End a sweep: print where the answer flips, write sweep.html and say where it is.

    Does nothing where no point of it has a run file yet. Raises InputError as write_report does.
    """
    if not any(folder.glob("*/run.json")):
        return
    from reports import page, sweep  # here, as matplotlib takes most of a second to load

    runs, path = sweep.read(folder), folder / "sweep.html"
    try:
        page.write_sweep(runs, path)
    except OSError as error:
        raise InputError(f"{path}: cannot write the report: {error.strerror}") from None
    print("\n" + "\n".join(sweep.sweep(runs).answer))
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
