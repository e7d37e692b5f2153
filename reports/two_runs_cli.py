"""The command `compare`: two run files side by side, and the limits that the newer must keep."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from loadgen.runfile.run import InputError, load, write_whole
from reports.comparison import compatibility
from reports.comparison import limits as guard
from reports.comparison.compatibility import Differing
from reports.comparison.held import Held, hold_two
from reports.comparison.two_runs import TwoRuns, two_runs
from reports.render.two_runs_text import text

Format = Literal["table", "markdown", "json", "html"]

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
FormatOption = Annotated[Format, typer.Option("--format", help="How to write it.")]
OutOption = Annotated[Path | None, typer.Option(help="A file for it; else it is printed.")]
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
    format: FormatOption = "table",
    out: OutOption = None,
    different_scenarios: ScenariosOption = False,
    different_hosts: HostsOption = False,
) -> None:
    """Hold one run against another: what changed beyond the noise, and which limits broke."""
    limits = [guard.parse(each) for each in fail_if or []]
    before, after = load(old), load(new)
    if not different_scenarios:
        _refuse("scenarios", compatibility.scenarios(before, after))
    if not different_hosts:
        _refuse("hosts", compatibility.hosts(before, after))
    compared = two_runs(before, after)
    guard.require_transports(limits, compared.after)
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


def _written(compared: TwoRuns, held: Sequence[Held], format: Format) -> str:
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
