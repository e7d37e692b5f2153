"""The drawings of a sweep: what freshness costs, and which transport is the cheapest where."""

import math
from collections.abc import Sequence

from reports.charts.canvas import (
    FONT_PX,
    INK,
    NARROW_PX,
    Axes,
    FixedLocator,
    FuncFormatter,
    Margins,
    NullLocator,
    Rectangle,
    canvas,
    time_axis,
)
from reports.formatting import units
from reports.formatting.transport_style import heading, look
from reports.planning.crossover_from_sweep import TOLERATED_NS, Cell, Cost, cheapest, rates

ROW_PX = 34


def tradeoff(grid: Sequence[Cell], width_px: int) -> str:
    """Age against bytes for one event rate: polling as a curve over its interval, push as a point.

    grid: cells of one rate whose bytes are known, at least one.
    """
    with canvas(width_px, 300, Margins(left=66, right=24, top=34, bottom=56)) as (_, axes, out):
        ages = [math.log10(cell.age_ns) for cell in grid]
        time_axis(axes, min(ages) - 0.4, max(ages) + 0.6, width_px)
        _bytes_axis(axes, [cell.bytes for cell in grid if cell.bytes])
        for transport in dict.fromkeys(cell.transport for cell in grid):
            _draw_line(axes, [cell for cell in grid if cell.transport == transport])
        axes.grid(True)
        axes.tick_params(length=0)
        axes.set_xlabel("mean age of an event on arrival (log scale)")
        axes.set_title("bytes on the wire for an event (log scale)", loc="left", fontsize=FONT_PX)
    return out.getvalue()


def choice(grid: Sequence[Cell], key: Cost, width_px: int) -> str:
    """Which transport is the cheapest, by event rate (across) and tolerated mean age (upwards)."""
    columns = rates(grid)
    height_px = ROW_PX * len(TOLERATED_NS) + 90
    with canvas(width_px, height_px, Margins(left=66, right=2, top=34, bottom=56)) as drawn:
        _, axes, out = drawn
        for column, rate in enumerate(columns):
            for row, tolerated_ns in enumerate(TOLERATED_NS):
                found = cheapest(grid, rate, tolerated_ns, key)
                if found is not None:
                    _draw_choice(axes, column, row, found, width_px)
        axes.set_xlim(0, len(columns))
        axes.set_ylim(0, len(TOLERATED_NS))
        _name_places(axes, columns)
        axes.set_xlabel("events per second")
        axes.set_title("mean age that is tolerated", loc="left", fontsize=FONT_PX)
    return out.getvalue()


def _bytes_axis(axes: Axes, values: Sequence[float]) -> None:
    low, high = math.log10(min(values)) - 0.15, math.log10(max(values)) + 0.25
    steps = [m * 10.0**e for e in range(math.floor(low), math.ceil(high) + 1) for m in (1, 2, 5)]
    within = [step for step in steps if low <= math.log10(step) <= high]
    axes.set_yscale("log")
    axes.set_ylim(10.0**low, 10.0**high)
    axes.yaxis.set_major_locator(FixedLocator(within[:: math.ceil(len(within) / 7)]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: units.size(value, 1)))


def _draw_line(axes: Axes, cells: Sequence[Cell]) -> None:
    known = [(cell.age_ns, cell.bytes, cell) for cell in cells if cell.bytes is not None]
    colour = look(known[0][2].transport).colour
    ages, costs = [age for age, _, _ in known], [cost for _, cost, _ in known]
    axes.plot(ages, costs, "o-", color=colour, linewidth=2.4, markersize=7)
    for place, (age, cost, cell) in enumerate(known):
        every = _every(cell)
        label = heading(cell.transport) if place == 0 or not every else ""
        text = " ".join(filter(None, [label, every]))
        axes.annotate(text, (age, cost), xytext=(8, 7), textcoords="offset points")


def _every(cell: Cell) -> str:
    """The poll interval; "" for a transport that has none."""
    return "" if cell.interval_s is None else units.tick(cell.interval_s * 1e9, units.duration)


def _draw_choice(axes: Axes, column: int, row: int, cell: Cell, width_px: int) -> None:
    colour = look(cell.transport).colour
    place = (column + 0.02, row + 0.05)
    axes.add_patch(Rectangle(place, 0.96, 0.9, color=colour, alpha=0.35, linewidth=0))
    name = look(cell.transport).name if width_px > NARROW_PX else _short(cell)
    text = f"{name} {_every(cell)}".strip()
    axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=INK, fontsize=11)


def _short(cell: Cell) -> str:
    return "".join(word[0].upper() for word in cell.transport.replace("-", " ").split())


def _name_places(axes: Axes, columns: Sequence[float]) -> None:
    axes.xaxis.set_major_locator(FixedLocator([place + 0.5 for place in range(len(columns))]))
    names = [units.tick(rate) for rate in columns]
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: names[int(value)]))
    axes.yaxis.set_major_locator(FixedLocator([row + 0.5 for row in range(len(TOLERATED_NS))]))
    ages = [units.tick(age, units.duration) for age in TOLERATED_NS]
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: ages[int(value)]))
    axes.tick_params(length=0)
