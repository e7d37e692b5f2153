"""The command `plan`: what each transport needs at a size that was not measured."""

from pathlib import Path
from typing import Annotated

import typer

from loadgen.runfile.run import InputError, Run, load
from reports.planning.capacity import MOST_BUSY, Size
from reports.planning.plan import Prices, plan, told
from reports.render.text import Format

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
