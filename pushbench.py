"""The command line: `pushbench run | sweep | report | show | plan | compare | …`. Dispatch only."""

import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

import loadgen.cli
import loadgen.under_test.server
import reports.cli
from feed.errors import Fault, InputError, results_in
from loadgen.cli import (
    ClientsOption,
    NullOption,
    OutOption,
    OverOption,
    PortOption,
    RoundsOption,
    SamplesOption,
    ScenarioOption,
    SeedOption,
    SetOption,
    TargetOption,
    TransportOption,
)
from loadgen.errors import Interrupted

FAULT_FILE = "fault.txt"

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="What does ajax polling waste, and what does a WebSocket save, for my traffic?",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"pushbench {version('pushbench')}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


@app.command()
def run(
    scenario: ScenarioOption = "chat",
    settings: SetOption = None,
    transport: TransportOption = None,
    rounds: RoundsOption = None,
    seed: SeedOption = None,
    null: NullOption = False,
    clients: ClientsOption = "python",
    out: OutOption = None,
    port: PortOption = 0,
    samples: SamplesOption = False,
    target: TargetOption = "",
) -> None:
    """Measure a scenario; leaves run.json and report.html in a folder."""
    chosen = loadgen.cli.choose(scenario, settings, transport, rounds, seed, null, target, clients)
    reports.cli.require_limits(chosen.limits)
    folder = out or loadgen.cli.default_folder(chosen)
    with results_in(folder, Interrupted):
        try:
            status = loadgen.cli.measure(chosen, folder, port, samples=samples, target=target)
        except Interrupted:
            reports.cli.conclude(folder)
            raise
        broken = reports.cli.conclude(folder)
    raise typer.Exit(status or broken)


@app.command()
def sweep(
    over: OverOption,
    scenario: ScenarioOption = "chat",
    settings: SetOption = None,
    transport: TransportOption = None,
    out: OutOption = None,
    port: PortOption = 0,
) -> None:
    """Measure a scenario over a grid of settings, and draw where polling becomes the cheaper."""
    planned = loadgen.cli.plan_sweep(over, scenario, settings, transport)
    folder = out or loadgen.cli.default_folder(planned[0].scenario)
    with results_in(folder, Interrupted):
        try:
            # Each point is a run in a folder of its own.
            status = max(loadgen.cli.measure(p.scenario, folder / p.name, port) for p in planned)
        finally:
            reports.cli.conclude_sweep(folder)
    raise typer.Exit(status)


@app.command()
def serve(
    scenario: ScenarioOption = "chat",
    settings: SetOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65534, help="HTTP; WebSocket is on the next. 0: any free one.")
    ] = 3000,
) -> None:
    """Serve a page to look at, and the endless feed it shows on all transports, until Ctrl-C."""
    import servers.cli  # here, as aiohttp and websockets take a while to load

    chosen = loadgen.cli.choose(scenario, settings)
    asked = loadgen.under_test.server.settings(
        chosen,
        *chosen.transports,
        publishes=True,
        host=host,
        port=port,
        autostart=True,
        page=True,
    )
    status = servers.cli.status(msgspec.json.encode(asked))
    raise typer.Exit(status)


app.command("report")(reports.cli.report_command)
app.command("show")(reports.cli.show_command)
app.command("plan")(reports.cli.plan_command)
app.command("compare")(reports.cli.compare_command)
app.command("scenarios")(loadgen.cli.scenarios)


def status(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, by default the process's own; the exit status.

    0 done, 1 a limit is broken, 2 bad input, 3 a failed trial or a taken port, 4 a fault of
    pushbench itself, 130 Ctrl-C, 141 a reader of the output who closed it. Whatever went wrong is
    printed in one line on standard error.
    """
    try:
        ended = app(arguments, prog_name="pushbench", standalone_mode=False)
        sys.stdout.flush()
    except InputError as error:
        return _complain(str(error), 2)
    except typer.TyperException as error:
        return _complain(error.format_message(), 2)
    except (KeyboardInterrupt, Interrupted, typer.Abort):  # which typer makes of the first
        return 130
    except SystemExit as end:  # typer's own: after completion, or with 1 at a closed pipe
        return _hang_up() if end.code else 0
    except BrokenPipeError:
        return _hang_up()
    except Fault as fault:
        return _report_fault(fault.__cause__ or fault, fault.folder)
    except Exception as error:
        return _report_fault(error, None)
    return ended if isinstance(ended, int) else 0


def _hang_up() -> int:
    """Whoever read the output closed it, as `| head` does: 141, as a shell tells SIGPIPE."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE


def _report_fault(error: BaseException, folder: Path | None) -> int:
    """Write the traceback to a file in the results' folder, or in a new one; and say so. 4."""
    text = "".join(traceback.format_exception(error))
    where = f"what was measured is in {folder}, " if folder else ""
    try:
        folder = folder or Path(tempfile.mkdtemp(prefix="pushbench-"))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FAULT_FILE).write_text(text, encoding="utf-8")
    except OSError:  # as on a full disk: nothing must be lost, least of all what went wrong
        print(text, file=sys.stderr)
        return _complain(f"a fault of pushbench itself: {where}its traceback is above", 4)
    kind = f"{type(error).__name__}: {error}".splitlines()[0]
    place = f"{where}its traceback in {folder / FAULT_FILE}"
    return _complain(f"a fault of pushbench itself ({kind}): {place}", 4)


def _complain(message: str, status: int) -> int:
    print(f"pushbench: {message}", file=sys.stderr)
    return status


def main() -> None:
    """The entry point of the `pushbench` command."""
    sys.exit(status())


if __name__ == "__main__":
    main()
