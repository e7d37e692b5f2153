"""The commands `report`, `show`, `plan` and `compare`, and the end of a run or a sweep.

What reads, judges and draws is imported by the functions that need it: numpy, scipy and matplotlib
take seconds to load, and `pushbench --help` needs none of them.
"""

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from feed.errors import InputError, results_in

if TYPE_CHECKING:
    from loadgen.runfile.run import Run
    from reports.comparison.limits import Checked
    from reports.run_analysis import RunAnalysis

Format = Literal["table", "json", "csv", "markdown"]
ComparedFormat = Literal["table", "markdown", "json", "html"]
# At most so much of a core is planned to be used, so that bursts do not queue up.
BUSY = 0.7

RunArgument = Annotated[Path, typer.Argument(help="A run file, or a folder with a run.json.")]
PriceOption = Annotated[
    float | None,
    typer.Option(min=0, help="Of a month: of a core, of 1 GB of memory, of 1 GB sent."),
]


def report_command(
    run: RunArgument,
    out: Annotated[
        Path | None, typer.Option(help="The page to write; else report.html beside the run file.")
    ] = None,
) -> None:
    """Make the HTML report of a run file."""
    with results_in(_folder(run)), _keeping_all():
        from loadgen.runfile.run import load
        from reports.run_analysis import RunAnalysis

        write_report(RunAnalysis(load(run)), out or _folder(run) / "report.html")


def show_command(
    run: RunArgument,
    format: Annotated[Format, typer.Option("--format", help="How to write the numbers.")] = "table",
) -> None:
    """Print the numbers of a run file."""
    from loadgen.runfile.run import load
    from reports.render.text import show
    from reports.run_analysis import RunAnalysis

    with results_in(_folder(run)):
        print(show(RunAnalysis(load(run)), format), end="")


def plan_command(
    run: Annotated[
        list[Path],
        typer.Option(help="A run file, or a sweep's folder; may be given several times."),
    ],
    clients: Annotated[int, typer.Option(min=1, max=10**12, help="Subscribers.")],
    rate: Annotated[float, typer.Option(min=1e-6, max=1e6, help="Events a second.")],
    payload: Annotated[int, typer.Option(min=0, max=10**8, help="Bytes of an event's text.")] = 120,
    interval: Annotated[
        float, typer.Option(min=0.001, max=86_400, help="Seconds between short polls.")
    ] = 1.0,
    busy: Annotated[
        float, typer.Option(min=0.01, max=1, help="How much of a core may be used.")
    ] = BUSY,
    price_core: PriceOption = None,
    price_gb_memory: PriceOption = None,
    price_gb_traffic: PriceOption = None,
    format: Annotated[Format, typer.Option("--format", help="How to write the plan.")] = "table",
) -> None:
    """What each transport needs for so many clients, from measured costs and theory."""
    from reports.planning.capacity import Size
    from reports.planning.plan import Prices, plan, text

    with results_in(_folder(run[0])):
        runs = [loaded for path in run for loaded in load_all(path)]
        size = Size(clients, rate, payload, interval, busy)
        made = plan(runs, size, Prices(price_core, price_gb_memory, price_gb_traffic))
        if not made.needs:
            raise InputError(f"{run[0]}: no trial in it tells what its server used")
        print(text(made, format), end="")


def compare_command(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The run file before.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The run file after.")],
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-if",
            metavar="LIMIT",
            help="Exit with 1 where it holds, as in websocket.latency_p99_ns>+10%; repeatable.",
        ),
    ] = None,
    format: Annotated[ComparedFormat, typer.Option("--format", help="How to write it.")] = "table",
    out: Annotated[Path | None, typer.Option(help="A file for it; else it is printed.")] = None,
    different_scenarios: Annotated[
        bool, typer.Option("--allow-different-scenarios", help="Even where the scenarios differ.")
    ] = False,
    different_hosts: Annotated[
        bool, typer.Option("--allow-different-hosts", help="Even where the machines differ.")
    ] = False,
) -> None:
    """Hold one run against another: what changed beyond the noise, and which limits broke."""
    from loadgen.runfile.run import load, write_whole
    from reports.comparison import compatibility, limits
    from reports.comparison.two_runs import two_runs
    from reports.render.two_runs_text import text

    asked = [limits.parse(each) for each in fail_if or []]
    with results_in(_folder(new)):
        before, after = load(old), load(new)
        if not different_scenarios:
            _refuse("scenarios", compatibility.scenarios(before, after))
        if not different_hosts:
            _refuse("hosts", compatibility.hosts(before, after))
        compared = two_runs(before, after)
        limits.require_transports(asked, compared.after)
        checked = limits.check_two(asked, compared)
        if format == "html":
            from reports.render import html

            written = html.render_two_runs(compared, checked)
        else:
            written = text(compared, checked, format)
        if out is None:
            print(written, end="")
        else:
            with _writing(out, "comparison"):
                write_whole(out, written.encode())
            print(out)
    raise typer.Exit(print_broken(checked))


def write_report(analysis: "RunAnalysis", path: Path) -> None:
    """Write the report to `path`, and print where it is. Raises InputError where it cannot."""
    with _writing(path, "report"), _keeping_all():
        from reports.render import html

        html.write(analysis, path)
    print(path)


@contextmanager
def _keeping_all() -> Iterator[None]:
    """Without garbage collections: what is loaded and drawn for a page is kept until its end, and
    to look for cycles in it again and again took a tenth of the time of a report.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def require_limits(scenario_limits: Mapping[str, float]) -> None:
    """Raise InputError where a limit of a scenario names a measure that there is not."""
    if scenario_limits:
        from reports.comparison import limits

        limits.require_measures(limits.of_scenario(scenario_limits))


def conclude(folder: Path) -> int:
    """End a run: print the answer, write the page beside the run file and say where it is.

    The exit status: 1 where a limit of the scenario is broken, each printed on stderr; else 0.
    Does nothing where the folder holds no run file yet. Raises InputError as write_report does.
    """
    path = folder / "run.json"
    if not path.exists():
        return 0
    from loadgen.runfile.run import load
    from reports.render.text import brief
    from reports.run_analysis import RunAnalysis

    analysis = RunAnalysis(load(path))
    print(f"\n{brief(analysis)}")
    write_report(analysis, folder / "report.html")
    return print_broken(analysis.limits)


def conclude_sweep(folder: Path) -> None:
    """End a sweep: print where polling becomes the cheaper, write sweep.html and say where it is.

    Does nothing where no point of it has a run file yet. Raises InputError as write_report does.
    """
    if not any(folder.glob("*/run.json")):
        return
    from reports.planning.crossover_from_sweep import cells
    from reports.render import html, sweep_page

    runs, path = sweep_page.read(folder), folder / "sweep.html"
    with _writing(path, "report"):
        html.write_sweep(runs, path)
    print("\n" + "\n".join(sweep_page.answer(cells(runs))))
    print(path)


def print_broken(checked: "Sequence[Checked]") -> int:
    """A line on stderr for each broken limit; the exit status: 1 where there is one, else 0."""
    broken = [one for one in checked if one.broken]
    for one in broken:
        print(f"limit broken: {one}", file=sys.stderr)
    return 1 if broken else 0


def load_all(path: Path) -> "list[Run]":
    """A run file, or a folder with one, or a sweep's folder with one for each point."""
    from loadgen.runfile.run import load

    if path.is_dir() and not (path / "run.json").exists() and any(path.glob("*/run.json")):
        return [load(found) for found in sorted(path.glob("*/run.json"))]
    return [load(path)]


def _folder(run: Path) -> Path:
    return run if run.is_dir() else run.parent


@contextmanager
def _writing(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot write the {what}: {error.strerror}") from None


def _refuse(what: Literal["scenarios", "hosts"], differs: Sequence[object]) -> None:
    if differs:
        each = ", ".join(map(str, differs))
        raise InputError(
            f"the {what} differ: {each}; --allow-different-{what} compares them all the same"
        )
