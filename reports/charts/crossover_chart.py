"""The drawing of where the answer flips: bytes per event over the event rate, both logarithmic."""

import math
from collections.abc import Mapping

from reports.charts.canvas import (
    FONT_PX,
    INK,
    PAPER,
    TICK_PX,
    Axes,
    FixedLocator,
    FuncFormatter,
    Margins,
    NullLocator,
    canvas,
)
from reports.charts.pictures import Picture, both
from reports.formatting import units
from reports.formatting.transport_style import heading, look
from reports.planning.crossover_from_theory import Crossovers, Line

HEIGHT_PX = 320
MARGINS = Margins(left=66, right=14, top=34, bottom=56)
NAME_PX = 17  # between two names, one above the other


def picture(found: Crossovers) -> Picture:
    """Nothing but what is missing where there are no lines."""
    if not found.lines:
        return Picture("", "", found.missing)
    title = "Bytes on the wire per event, by event rate"
    return both("flip", title, " ".join(found.sentences), lambda px: draw(found, px), found.missing)


def draw(found: Crossovers, width_px: int) -> str:
    """Lines from theory, a dot where the run was, and an upright where the answer flips."""
    with canvas(width_px, HEIGHT_PX, MARGINS) as (_, axes, out):
        low, high = found.ends
        shown = [(line, _within(line, low, high)) for line in found.lines]
        prices = [price for _, points in shown for price in points.values()]
        prices += [line.measured[1] for line in found.lines if line.measured]
        bottom, top = math.log10(min(prices)) - 0.12, math.log10(max(prices)) + 0.2
        _axes(axes, (math.log10(low), math.log10(high)), (bottom, top), width_px)
        for crossing in found.rates.values():
            axes.plot(
                [crossing] * 2, [10**bottom, 10**top], color=INK, linewidth=1.3, dashes=(4, 3)
            )
        for line, points in shown:
            _draw_line(axes, line, points)
        starts = {line.transport: next(iter(points.values())) for line, points in shown}
        for name, price in _apart(starts, top - bottom).items():
            _name(axes, name, low, price)
    return out.getvalue()


def _within(line: Line, low: float, high: float) -> dict[float, float]:
    return {rate: price for rate, price in line.expected.items() if low <= rate <= high * 1.001}


def _axes(
    axes: Axes, across: tuple[float, float], upwards: tuple[float, float], width_px: int
) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(10.0 ** across[0], 10.0 ** across[1])
    axes.set_ylim(10.0 ** upwards[0], 10.0 ** upwards[1])
    rates = [10.0**power for power in range(math.ceil(across[0]), math.floor(across[1]) + 1)]
    step = max(1, math.ceil(len(rates) * TICK_PX / width_px))
    axes.xaxis.set_major_locator(FixedLocator(rates[::step]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: units.tick(value)))
    powers = range(math.floor(upwards[0]), math.ceil(upwards[1]) + 1)
    sizes = [m * 10.0**power for power in powers for m in (1, 2, 5)]
    within = [size for size in sizes if upwards[0] <= math.log10(size) <= upwards[1]]
    axes.yaxis.set_major_locator(FixedLocator(within[:: math.ceil(len(within) / 8)]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: units.tick(value, units.size)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(True)
    axes.tick_params(length=0)
    axes.set_xlabel("events per second for each client (log scale)")
    axes.set_title("bytes on the wire per event (log scale)", loc="left", fontsize=FONT_PX)


def _draw_line(axes: Axes, line: Line, points: Mapping[float, float]) -> None:
    colour, texture = look(line.transport).colour, look(line.transport).texture
    (drawn,) = axes.plot(list(points), list(points.values()), color=colour, linewidth=2.4)
    if texture.dashes:
        drawn.set_dashes(texture.dashes)
    if line.measured:
        rate, price = line.measured
        axes.plot(
            [rate],
            [price],
            texture.marker,
            color=colour,
            markersize=9,
            markeredgecolor=PAPER,
            markeredgewidth=1.5,
            zorder=4,
        )


def _apart(starts: Mapping[str, float], span: float) -> dict[str, float]:
    """transport → where its name stands: at its line's start, or as far above as there is room.

    span: of the axis, in powers of ten.
    """
    step = span * NAME_PX / (HEIGHT_PX - MARGINS.top - MARGINS.bottom)
    places: dict[str, float] = {}
    free = -math.inf
    for name in sorted(starts, key=lambda name: starts[name]):
        place = max(math.log10(starts[name]), free)
        places[name], free = 10.0**place, place + step
    return places


def _name(axes: Axes, transport: str, rate: float, price: float) -> None:
    axes.annotate(
        heading(transport),
        (rate, price),
        xytext=(5, 11),
        textcoords="offset points",
        va="center",
        bbox={"facecolor": PAPER, "alpha": 0.8, "linewidth": 0, "pad": 1.0},
        zorder=3,
    )
