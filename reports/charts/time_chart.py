"""The drawing of a trial step by step: a strip for each transport, all on one scale."""

import math
from collections.abc import Callable, Iterator

from reports.charts.canvas import (
    Axes,
    Margins,
    Point,
    Polygon,
    canvas,
    columns,
    decades,
    round_ticks,
    rows,
    uprights,
)
from reports.charts.pictures import Picture, both
from reports.charts.time_series import Strip, Strips
from reports.formatting import units
from reports.formatting.transport_style import heading, style_of

STRIP_PX = 46
NAME_PX = 32
MARGINS = Margins(left=72, right=10, top=22, bottom=56)


def picture(chart: Strips) -> Picture:
    """Of a chart that is not empty."""
    ranges = "; ".join(_range(chart, strip) for strip in chart.strips)
    return both(
        chart.name, chart.title, f"From least to most: {ranges}", lambda px: draw(chart, px)
    )


def _range(chart: Strips, strip: Strip) -> str:
    known = [value for value in strip.values if value is not None]
    ends = [chart.text(min(known)), chart.text(max(known))] if known else [units.NOTHING]
    return f"{style_of(strip.transport).name} {' to '.join(dict.fromkeys(ends))}"


def draw(chart: Strips, width_px: int) -> str:
    """A strip's name stands above it; only the last one bears the axis of time."""
    row_px = STRIP_PX + NAME_PX
    height_px = row_px * len(chart.strips)
    bottoms = [height_px - row_px * (number + 1) for number in range(len(chart.strips))]
    low, high, marks = _scale(chart)

    def height(value: float) -> float:
        """Above a strip's bottom, in px."""
        part = math.log10(value / low) / math.log10(high / low) if chart.log else value / high
        return part * STRIP_PX

    # One set of axes in px for all strips, as each set takes longer than what is drawn in it.
    around = height_px + MARGINS.top + MARGINS.bottom
    with canvas(width_px, around, MARGINS) as (figure, axes, out):
        axes.set_xlim(0, chart.end_s)
        axes.set_ylim(0, height_px)
        seconds = round_ticks(chart.end_s, 6, whole=True)
        columns(axes, seconds, units.tick, "seconds since the window’s start", lines=False)
        for bottom, strip in zip(bottoms, chart.strips, strict=True):
            uprights(axes, seconds, bottom / height_px, (bottom + STRIP_PX) / height_px)
            labels = {bottom + height(mark): units.tick(mark, chart.text) for mark in marks}
            rows(axes, list(labels), labels.__getitem__)
            _draw_strip(axes, chart, strip, bottom, height)
            axes.text(0, bottom + STRIP_PX + 6, heading(strip.transport))
        figure.text(0, 1, chart.axis, va="top")
    return out.getvalue()


def _scale(chart: Strips) -> tuple[float, float, list[float]]:
    """Its ends and its two marks: 0 and the most or, of powers of ten, the outermost."""
    values = [value for strip in chart.strips for value in strip.values if value]
    if not chart.log:
        return 0.0, max(values) * 1.08, [0.0, max(values)]
    low, high = min(values) / 1.5, max(values) * 1.5
    ticks = decades(low, high)
    return low, high, [ticks[0], ticks[-1]] if len(ticks) > 1 else [low * 1.5, high / 1.5]


def _draw_strip(
    axes: Axes, chart: Strips, strip: Strip, bottom: float, height: Callable[[float], float]
) -> None:
    """A line for each unbroken row of steps; each step as wide as it lasted."""
    style = style_of(strip.transport)
    for points in _unbroken(chart, strip):
        across, values = zip(*points, strict=True)
        heights = [bottom + height(value) for value in values]
        (line,) = axes.plot(across, heights, color=style.colour, linewidth=2.2)
        if style.texture.dashes:
            line.set_dashes(style.texture.dashes)
        if not chart.log:
            base = [(across[-1], bottom), (across[0], bottom)]
            corners = [*zip(across, heights, strict=True), *base]
            axes.add_patch(Polygon(corners, color=style.colour, alpha=0.18, linewidth=0))


def _unbroken(chart: Strips, strip: Strip) -> Iterator[list[Point]]:
    """Rows of steps that have a value, each step from where it starts to where it ends."""
    ends_s = (*chart.starts_s[1:], chart.end_s)
    points: list[Point] = []
    for start_s, end_s, value in zip(chart.starts_s, ends_s, strip.values, strict=True):
        if value is not None:
            points += [(start_s, value), (end_s, value)]
        elif points:
            yield points
            points = []
    if points:
        yield points
