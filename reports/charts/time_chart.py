"""The drawing of a trial step by step: a strip for each transport, all on one scale."""

import math
from collections.abc import Iterator

from reports.charts.canvas import (
    Axes,
    FixedLocator,
    FuncFormatter,
    Margins,
    MaxNLocator,
    NullLocator,
    canvas,
)
from reports.charts.pictures import Picture, both
from reports.charts.time_series import Strip, Strips
from reports.formatting import units
from reports.formatting.transport_style import heading, look

STRIP_PX = 46
NAME_PX = 32
MARGINS = Margins(left=72, right=10, top=22, bottom=56)

Points = list[tuple[float, float]]


def picture(chart: Strips) -> Picture:
    """Of a chart that is not empty."""
    told = "; ".join(_range(chart, strip) for strip in chart.strips)
    return both(chart.name, chart.title, f"From least to most: {told}", lambda px: draw(chart, px))


def _range(chart: Strips, strip: Strip) -> str:
    known = [value for value in strip.values if value is not None]
    ends = [chart.text(min(known)), chart.text(max(known))] if known else [units.NOTHING]
    return f"{look(strip.transport).name} {' to '.join(dict.fromkeys(ends))}"


def draw(chart: Strips, width_px: int) -> str:
    """A strip's name stands above it; only the last one bears the axis of time."""
    row_px = STRIP_PX + NAME_PX
    height_px = row_px * len(chart.strips) + MARGINS.top + MARGINS.bottom
    with canvas(width_px, height_px, MARGINS) as (figure, first, out):
        low, high = _scale(chart)
        for number, strip in enumerate(chart.strips):
            bottom_px = height_px - MARGINS.top - (number + 1) * row_px
            place = (
                MARGINS.left / width_px,
                bottom_px / height_px,
                1 - (MARGINS.left + MARGINS.right) / width_px,
                STRIP_PX / height_px,
            )
            axes = figure.add_axes(place) if number else first
            axes.set_position(place)
            _upright(axes, chart, low, high)
            _draw_strip(axes, chart, strip)
            _time(axes, chart, is_last=number == len(chart.strips) - 1)
        figure.text(0, 1, chart.axis, va="top")
    return out.getvalue()


def _scale(chart: Strips) -> tuple[float, float]:
    values = [value for strip in chart.strips for value in strip.values if value]
    if not chart.log:
        return 0.0, max(values)
    return min(values) / 1.5, max(values) * 1.5


def _upright(axes: Axes, chart: Strips, low: float, high: float) -> None:
    """Two marks suffice: 0 and the most, or of powers of ten the outermost."""
    if chart.log:
        axes.set_yscale("log")
        axes.set_ylim(low, high)
        powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
        ticks = [10.0**power for power in powers]
        ticks = [ticks[0], ticks[-1]] if len(ticks) > 1 else [low * 1.5, high / 1.5]
    else:
        axes.set_ylim(0, high * 1.08)
        ticks = [0.0, high]
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: units.tick(value, chart.text)))


def _draw_strip(axes: Axes, chart: Strips, strip: Strip) -> None:
    """A line for each unbroken row of steps; each step as wide as it lasted."""
    shown = look(strip.transport)
    for points in _unbroken(chart, strip):
        across, upwards = zip(*points, strict=True)
        (line,) = axes.plot(
            across, upwards, color=shown.colour, linewidth=2.2, drawstyle="steps-post"
        )
        if shown.texture.dashes:
            line.set_dashes(shown.texture.dashes)
        if not chart.log:
            axes.fill_between(
                across, upwards, step="post", color=shown.colour, alpha=0.18, linewidth=0
            )
    name = heading(strip.transport)
    axes.annotate(name, (0, 1), xytext=(0, 6), xycoords="axes fraction", textcoords="offset points")


def _unbroken(chart: Strips, strip: Strip) -> Iterator[Points]:
    """Rows of steps that have a value, each ended where its last step ends."""
    ends_s = (*chart.starts_s[1:], chart.end_s)
    points: Points = []
    for start_s, end_s, value in zip(chart.starts_s, ends_s, strip.values, strict=True):
        if value is None:
            if points:
                yield points
            points = []
        else:
            points = [*points[:-1], (start_s, value), (end_s, value)]
    if points:
        yield points


def _time(axes: Axes, chart: Strips, *, is_last: bool) -> None:
    axes.set_xlim(0, chart.end_s)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: units.tick(value)))
    axes.grid(True)
    axes.tick_params(length=0, labelbottom=is_last)
    if is_last:
        axes.set_xlabel("seconds since the window’s start")
