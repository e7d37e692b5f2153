"""The commands `report`, `show`, `plan` and `compare`, and the end of a run or a sweep."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from loadgen.runfile.run import InputError, Run, load, write_whole
from reports.comparison import compatibility
from reports.comparison import limits as limits_of
from reports.comparison.compatibility import Differing
from reports.comparison.limits import Held, hold_two
from reports.comparison.two_runs import TwoRuns, two_runs
from reports.formatting.table import Format
from reports.planning.capacity import MOST_BUSY, Size
from reports.planning.plan import Prices, plan, told
from reports.render.text import brief, show
from reports.render.two_runs_text import text
from reports.run_analysis import RunAnalysis

RunArgument = Annotated[Path, typer.Argument(help="A run file, or a folder with a run.json.")]
OutOption = Annotated[
    Path | None, typer.Option(help="The page to write; else report.html beside the run file.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to write the numbers.")]


def report_command(run: RunArgument, out: OutOption = None) -> None:
    """Make the HTML report of a run file."""
    folder = run if run.is_dir() else run.parent
    write_report(RunAnalysis(load(run)), out or folder / "report.html")


def show_command(run: RunArgument, format: FormatOption = "table") -> None:
    """Print the numbers of a run file."""
    print(show(RunAnalysis(load(run)), format), end="")


def write_report(analysis: RunAnalysis, path: Path) -> None:
    """Write the report to `path`, and print where it is. Raises InputError where it cannot."""
    from reports.render import html  # here, as matplotlib takes most of a second to load

    try:
        html.write(analysis, path)
    except OSError as error:
        raise InputError(f"{path}: cannot write the report: {error.strerror}") from None
    print(path)


def require_limits(limits: Mapping[str, float]) -> None:
    """Raise InputError where a limit of a scenario names a measure that there is not."""
    limits_of.require_measures(limits_of.of_scenario(limits))


def conclude(folder: Path) -> int:
    """End a run: print the answer, write the page beside the run file and say where it is.

    The exit status: 1 where a limit of the scenario is broken, each told on stderr; else 0.
    Does nothing where the folder holds no run file yet. Raises InputError as write_report does.
    """
    path = folder / "run.json"
    if not path.exists():
        return 0
    analysis = RunAnalysis(load(path))
    print(f"\n{brief(analysis)}")
    write_report(analysis, folder / "report.html")
    return tell_broken(analysis.limits)


def conclude_sweep(folder: Path) -> None:
    """End a sweep: print where the answer flips, write sweep.html and say where it is.

    Does nothing where no point of it has a run file yet. Raises InputError as write_report does.
    """
    if not any(folder.glob("*/run.json")):
        return
    from reports.planning.crossover_from_sweep import cells
    from reports.render import html, sweep_page

    runs, path = sweep_page.read(folder), folder / "sweep.html"
    try:
        html.write_sweep(runs, path)
    except OSError as error:
        raise InputError(f"{path}: cannot write the report: {error.strerror}") from None
    print("\n" + "\n".join(sweep_page.answer(cells(runs))))
    print(path)


PlanRunOption = Annotated[
    list[Path], typer.Option(help="A run file, or a sweep's folder; may be given several times.")
]
PriceOption = Annotated[
    float | None,
    typer.Option(min=0, help="Of a month: of a core, of 1 GB of memory, of 1 GB sent."),
]


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
    format: Annotated[Format, typer.Option("--format", help="How to write the plan.")] = "table",
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


ComparedFormat = Literal["table", "markdown", "json", "html"]

OldArgument = Annotated[Path, typer.Argument(metavar="OLD", help="The run file before.")]
NewArgument = Annotated[Path, typer.Argument(metavar="NEW", help="The run file after.")]
FailOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-if",
        metavar="LIMIT",
        help="Exit with 1 where it holds, as in websocket.latency_p99_ns>+10%; repeatable.",
    ),
]
ComparedFormatOption = Annotated[ComparedFormat, typer.Option("--format", help="How to write it.")]
ComparisonOption = Annotated[Path | None, typer.Option(help="A file for it; else it is printed.")]
ScenariosOption = Annotated[
    bool, typer.Option("--allow-different-scenarios", help="Even where the scenarios differ.")
]
HostsOption = Annotated[
    bool, typer.Option("--allow-different-hosts", help="Even where the machines differ.")
]


def compare_command(
    old: OldArgument,
    new: NewArgument,
    fail_if: FailOption = None,
    format: ComparedFormatOption = "table",
    out: ComparisonOption = None,
    different_scenarios: ScenariosOption = False,
    different_hosts: HostsOption = False,
) -> None:
    """Hold one run against another: what changed beyond the noise, and which limits broke."""
    limits = [limits_of.parse(each) for each in fail_if or []]
    before, after = load(old), load(new)
    if not different_scenarios:
        _refuse("scenarios", compatibility.scenarios(before, after))
    if not different_hosts:
        _refuse("hosts", compatibility.hosts(before, after))
    compared = two_runs(before, after)
    limits_of.require_transports(limits, compared.after)
    held = hold_two(limits, compared)
    _deliver(_written(compared, held, format), out)
    raise typer.Exit(tell_broken(held))


def tell_broken(held: Sequence[Held]) -> int:
    """A line on stderr for each broken limit; the exit status: 1 where there is one, else 0."""
    broken = [one for one in held if one.broken]
    for one in broken:
        print(f"limit broken: {one}", file=sys.stderr)
    return 1 if broken else 0


def _refuse(what: Literal["scenarios", "hosts"], differs: Sequence[Differing]) -> None:
    if differs:
        told = ", ".join(map(str, differs))
        raise InputError(
            f"the {what} differ: {told}; --allow-different-{what} compares them all the same"
        )


def _written(compared: TwoRuns, held: Sequence[Held], format: ComparedFormat) -> str:
    if format != "html":
        return text(compared, held, format)
    from reports.render import html  # here, as matplotlib takes most of a second to load

    return html.render_two_runs(compared, held)


def _deliver(written: str, out: Path | None) -> None:
    if out is None:
        print(written, end="")
        return
    try:
        write_whole(out, written.encode())
    except OSError as error:
        raise InputError(f"{out}: cannot write the comparison: {error.strerror}") from None
    print(out)
