"""The options that commands share, and what `run`, `sweep` and `scenarios` do with them.

What measures is imported by the functions that need it: `pushbench --help` loads none of it.
"""

import re
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from loadgen.run.sweep import Point
    from loadgen.runfile.scenario import Scenario

ClientsChoice = Literal["python", "chromium"]

ScenarioOption = Annotated[str, typer.Option(help="A built-in scenario, or a TOML file.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a field, as in clients.count=500."),
]
TransportOption = Annotated[
    list[str] | None, typer.Option(help="Only this transport; may be given several times.")
]
RoundsOption = Annotated[int | None, typer.Option(help="As --set trial.rounds=N.")]
SeedOption = Annotated[int | None, typer.Option(help="As --set feed.seed=N.")]
OutOption = Annotated[Path | None, typer.Option(help="Folder for run.json and report.html.")]
OverOption = Annotated[
    list[str],
    typer.Option(metavar="KEY=V,V…", help="An axis of the grid, as in feed.rate_per_s=0.1,1,10."),
]
NullOption = Annotated[
    bool, typer.Option("--null", help="Also hold the baseline against itself: what is noise.")
]
SamplesOption = Annotated[
    bool, typer.Option("--samples", help="Also keep every delivery, as Parquet in samples/.")
]
TargetOption = Annotated[
    str, typer.Option(metavar="URL", help="Measure the server that runs there already.")
]
ClientsOption = Annotated[
    ClientsChoice,
    typer.Option(help="chromium: every transport a web page speaks, by pages in Chromium too."),
]
PortOption = Annotated[int, typer.Option(min=0, max=65535, help="Of the server; 0: any free one.")]


def choose(
    scenario: str,
    settings: list[str] | None,
    transports: list[str] | None = None,
    rounds: int | None = None,
    seed: int | None = None,
    null: bool = False,
    target: str = "",
    clients: ClientsChoice = "python",
) -> "Scenario":
    """The scenario that the options describe, as the target has it. Raises InputError."""
    from loadgen.run import scenario_loader
    from loadgen.run.trial_order import with_itself, with_pages
    from loadgen.under_test.running_server import fetch_description, fit_scenario

    chosen = scenario_loader.load(scenario, _changes(settings, transports, rounds, seed))
    if target:
        chosen = fit_scenario(chosen, fetch_description(target), asked=bool(transports))
    if clients == "chromium":
        chosen = with_pages(chosen)
    return with_itself(chosen) if null else chosen


def _changes(
    settings: list[str] | None,
    transports: list[str] | None,
    rounds: int | None = None,
    seed: int | None = None,
) -> list[str]:
    """The options that stand for a `--set`, as such, behind those that were given so."""
    import msgspec

    changes = list(settings or [])
    if rounds is not None:
        changes.append(f"trial.rounds={rounds}")
    if seed is not None:
        changes.append(f"feed.seed={seed}")
    if transports:
        changes.append(f"transports={msgspec.json.encode(transports).decode()}")
    return changes


def default_folder(scenario: "Scenario") -> Path:
    """A folder of its own for each run, so that none writes over another."""
    started = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    name = re.sub(r"[^\w.-]+", "-", scenario.name)
    return Path("reports/out") / f"{started}-{name}"


def measure(
    scenario: "Scenario", folder: Path, port: int, *, samples: bool = False, target: str = ""
) -> int:
    """Make the run; 0 where every trial has figures, 3 where one failed.

    samples: keep every delivery beside the run file. target: URL of a server that runs. Raises
    InputError where the folder cannot be written, or what samples need is not installed, and
    Interrupted on Ctrl-C.
    """
    from loadgen.run import runner
    from loadgen.run.progress import Progress
    from loadgen.trial.parquet_samples import FOLDER, Samples, require
    from loadgen.trial.trial import TrialSetup

    progress = Progress()
    if samples:
        require()
    kept = Samples(folder / FOLDER, progress.warn) if samples else None
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the same tidy end as Ctrl-C
    record = runner.run(
        scenario,
        folder,
        command=["pushbench", *sys.argv[1:]],
        setup=TrialSetup(port=port, samples=kept, target=target),
        progress=progress,
    )
    return 3 if any(trial.failure for trial in record.trials) else 0


def plan_sweep(
    over: list[str], scenario: str, settings: list[str] | None, transports: list[str] | None
) -> "list[Point]":
    """Every point of the grid that the options describe. Raises InputError."""
    from loadgen.run.sweep import points

    return points(scenario, _changes(settings, transports), over)


def scenarios() -> None:
    """List the built-in scenarios."""
    from rich.console import Console
    from rich.table import Table

    from loadgen.run import scenario_loader

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("scenario", "clients", "pace", "what it is"):
        table.add_column(title, overflow="fold")
    for name in scenario_loader.names():
        entry = scenario_loader.load(name)
        table.add_row(name, f"{entry.clients.count:,}", _pace(entry), entry.description)
    Console().print(table)


def _pace(scenario: "Scenario") -> str:
    """How often there is something to send, in a few words."""
    feed, echo = scenario.feed, scenario.echo
    if scenario.workload == "echo":
        return f"{echo.schedule} {echo.rate_per_s:g}/s each"
    pace = f"×{feed.speed:g}" if feed.schedule == "trace" else f"{feed.rate_per_s:g}/s"
    return f"{feed.schedule} {pace}"
