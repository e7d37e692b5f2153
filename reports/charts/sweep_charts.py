"""The drawings of a sweep: what freshness costs, and which transport is the cheapest where."""

from collections.abc import Sequence

from reports.charts.canvas import (
    INK,
    NARROW_PX,
    Axes,
    Margins,
    Rectangle,
    canvas,
    columns,
    decades,
    label,
    rows,
    sizes,
    title,
)
from reports.formatting import units
from reports.formatting.transport_style import heading, style_of
from reports.planning.crossover_from_sweep import TOLERATED_NS, Cell, Cost, cheapest, rates

ROW_PX = 34


def tradeoff(grid: Sequence[Cell], width_px: int) -> str:
    """Age against bytes for one event rate: polling as a curve over its interval, push as a point.

    grid: cells of one rate whose bytes are known, at least one.
    """
    ages = [cell.age_ns for cell in grid]
    costs = [cell.bytes for cell in grid if cell.bytes]
    left, right = min(ages) * 10**-0.4, max(ages) * 10**0.6
    bottom, top = min(costs) * 10**-0.15, max(costs) * 10**0.25
    with canvas(width_px, 300, Margins(left=66, right=24, top=34, bottom=56)) as (_, axes, out):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(left, right)
        axes.set_ylim(bottom, top)
        ticks, age = decades(left, right, width_px), "mean age of an event on arrival (log scale)"
        columns(axes, ticks, lambda value: units.duration(value, 1), age)
        rows(axes, sizes(bottom, top, 7), lambda value: units.size(value, 1))
        title(axes, "bytes on the wire for an event (log scale)")
        for transport in dict.fromkeys(cell.transport for cell in grid):
            _draw_line(axes, [cell for cell in grid if cell.transport == transport])
    return out.getvalue()


def choice(grid: Sequence[Cell], key: Cost, width_px: int) -> str:
    """Which transport is the cheapest, by event rate (across) and tolerated mean age (upwards)."""
    across = rates(grid)
    height_px = ROW_PX * len(TOLERATED_NS) + 90
    with canvas(width_px, height_px, Margins(left=66, right=2, top=34, bottom=56)) as drawn:
        _, axes, out = drawn
        axes.set_xlim(0, len(across))
        axes.set_ylim(0, len(TOLERATED_NS))
        names = {place + 0.5: units.tick(rate) for place, rate in enumerate(across)}
        ages = {row + 0.5: units.tick(age, units.duration) for row, age in enumerate(TOLERATED_NS)}
        columns(axes, list(names), names.__getitem__, "events per second", lines=False)
        rows(axes, list(ages), ages.__getitem__, lines=False)
        title(axes, "mean age that is tolerated")
        for column, rate in enumerate(across):
            for row, tolerated_ns in enumerate(TOLERATED_NS):
                found = cheapest(grid, rate, tolerated_ns, key)
                if found is not None:
                    _draw_choice(axes, column, row, found, width_px)
    return out.getvalue()


def _draw_line(axes: Axes, cells: Sequence[Cell]) -> None:
    known = [(cell.age_ns, cell.bytes, cell) for cell in cells if cell.bytes is not None]
    colour = style_of(known[0][2].transport).colour
    ages, costs = [age for age, _, _ in known], [cost for _, cost, _ in known]
    axes.plot(ages, costs, "o-", color=colour, linewidth=2.4, markersize=7)
    for place, (age, cost, cell) in enumerate(known):
        every = _every(cell)
        name = heading(cell.transport) if place == 0 or not every else ""
        text = " ".join(filter(None, [name, every]))
        label(axes, text, (age, cost), (8, 7))


def _every(cell: Cell) -> str:
    """The poll interval; "" for a transport that has none."""
    return "" if cell.interval_s is None else units.tick(cell.interval_s * 1e9, units.duration)


def _draw_choice(axes: Axes, column: int, row: int, cell: Cell, width_px: int) -> None:
    colour = style_of(cell.transport).colour
    place = (column + 0.02, row + 0.05)
    axes.add_patch(Rectangle(place, 0.96, 0.9, color=colour, alpha=0.35, linewidth=0))
    name = style_of(cell.transport).name if width_px > NARROW_PX else _short(cell)
    text = f"{name} {_every(cell)}".strip()
    axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=INK, fontsize=11)


def _short(cell: Cell) -> str:
    return "".join(word[0].upper() for word in cell.transport.replace("-", " ").split())
