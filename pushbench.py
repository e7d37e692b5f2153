"""The command line's face: `serve | run | sweep | report | show | compare …`. Dispatch only."""

import sys
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer

import loadgen.cli
import loadgen.under_test.server
import reports.cli
from feed.errors import InputError
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

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="What does ajax polling waste, and what does a WebSocket save, for my traffic?",
)
app.command("report")(reports.cli.report_command)
app.command("show")(reports.cli.show_command)
app.command("plan")(reports.cli.plan_command)
app.command("compare")(reports.cli.compare_command)
app.command("scenarios")(loadgen.cli.scenarios)


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
    try:
        status = loadgen.cli.measure_sweep(planned, folder, port)
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


def status(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, by default the process's own; the exit status.

    0 done, 1 a limit is broken, 2 bad input, 3 a failed trial or a taken port, 130 Ctrl-C. What
    the person did wrong is told in one line on standard error.
    """
    try:
        ended = app(arguments, standalone_mode=False)
    except InputError as error:
        return _complain(str(error), 2)
    except typer.TyperException as error:
        return _complain(error.format_message(), 2)
    except (KeyboardInterrupt, Interrupted, typer.Abort):  # which typer makes of the first
        return 130
    return ended if isinstance(ended, int) else 0


def _complain(message: str, status: int) -> int:
    print(f"pushbench: {message}", file=sys.stderr)
    return status


def main() -> None:
    """The entry point of the `pushbench` command."""
    sys.exit(status())


if __name__ == "__main__":
    main()
