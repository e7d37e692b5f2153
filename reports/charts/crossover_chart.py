"""The drawing of where the answer flips: bytes per event over the event rate, both logarithmic."""

import math
from collections.abc import Mapping

from reports.charts.canvas import (
    INK,
    PAPER,
    Axes,
    Margins,
    canvas,
    columns,
    decades,
    label,
    rows,
    sizes,
    title,
)
from reports.charts.pictures import Picture, both
from reports.formatting import units
from reports.formatting.transport_style import heading, style_of
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
    low, high = found.ends
    within = {line.transport: _within(line, low, high) for line in found.lines}
    prices = [price for points in within.values() for price in points.values()]
    prices += [line.measured[1] for line in found.lines if line.measured]
    bottom, top = min(prices) * 10**-0.12, max(prices) * 10**0.2
    with canvas(width_px, HEIGHT_PX, MARGINS) as (_, axes, out):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(low, high)
        axes.set_ylim(bottom, top)
        rate = "events per second for each client (log scale)"
        columns(axes, decades(low, high, width_px), units.tick, rate)
        rows(axes, sizes(bottom, top, 8), lambda value: units.tick(value, units.size))
        title(axes, "bytes on the wire per event (log scale)")
        for crossing in found.rates.values():
            axes.plot([crossing] * 2, [bottom, top], color=INK, linewidth=1.3, dashes=(4, 3))
        for line in found.lines:
            _draw_line(axes, line, within[line.transport])
        starts = {name: next(iter(points.values())) for name, points in within.items()}
        for name, price in _apart(starts, math.log10(top / bottom)).items():
            label(axes, heading(name), (low, price), (5, 11), halo=True, va="center", zorder=3)
    return out.getvalue()


def _within(line: Line, low: float, high: float) -> dict[float, float]:
    return {rate: price for rate, price in line.expected.items() if low <= rate <= high * 1.001}


def _draw_line(axes: Axes, line: Line, points: Mapping[float, float]) -> None:
    colour, texture = style_of(line.transport).colour, style_of(line.transport).texture
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
