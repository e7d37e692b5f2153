"""The chart of a trial step by step: a strip for each transport, all on one scale."""

from collections.abc import Iterator

from reports.charts.canvas import Canvas, Margins, Point, Scale, decades, round_ticks
from reports.charts.pictures import Picture, both
from reports.charts.time_series import Strip, Strips
from reports.formatting import units
from reports.formatting.transport_style import heading, look

STRIP_PX = 46
NAME_PX = 32
MARGINS = Margins(left=72, right=10, top=22, bottom=56)


def picture(chart: Strips) -> Picture:
    """Of a chart that is not empty."""
    ranges = "; ".join(_range(chart, strip) for strip in chart.strips)
    description = f"From least to most: {ranges}"
    return both(chart.name, chart.title, description, lambda name, px: draw(chart, name, px))


def _range(chart: Strips, strip: Strip) -> str:
    known = [value for value in strip.values if value is not None]
    ends = [chart.text(min(known)), chart.text(max(known))] if known else [units.NOTHING]
    return f"{look(strip.transport).name} {' to '.join(dict.fromkeys(ends))}"


def draw(chart: Strips, name: str, width_px: int) -> Canvas:
    """A strip's name stands above it; only the last one bears the axis of time."""
    row_px = STRIP_PX + NAME_PX
    height_px = row_px * len(chart.strips) + MARGINS.top + MARGINS.bottom
    canvas = Canvas(name, width_px, height_px, MARGINS)
    canvas.text((0, 8), chart.axis)
    x = canvas.across(0, chart.end_s)
    seconds = round_ticks(chart.end_s, 6, whole=True)
    low, high, marks = _scale(chart)
    for number, strip in enumerate(chart.strips):
        bottom = canvas.top + (number + 1) * row_px
        y = Scale(low, high, bottom, bottom - STRIP_PX, chart.log)
        canvas.uprights(x, seconds, bottom - STRIP_PX, bottom)
        canvas.rows(y, marks, lambda value: units.tick(value, chart.text))
        _draw_strip(canvas, chart, strip, x, y)
        canvas.text((canvas.left, bottom - STRIP_PX - 12), heading(strip.transport))
    canvas.values(x, seconds, units.tick, "seconds since the window’s start")
    return canvas


def _scale(chart: Strips) -> tuple[float, float, list[float]]:
    """Its ends and its two marks: 0 and the most or, of powers of ten, the outermost."""
    values = [value for strip in chart.strips for value in strip.values if value]
    if not chart.log:
        return 0.0, max(values) * 1.08, [0.0, max(values)]
    low, high = min(values) / 1.5, max(values) * 1.5
    ticks = decades(low, high)
    return low, high, [ticks[0], ticks[-1]] if len(ticks) > 1 else [low * 1.5, high / 1.5]


def _draw_strip(canvas: Canvas, chart: Strips, strip: Strip, x: Scale, y: Scale) -> None:
    """A line for each unbroken row of steps; each step as wide as it lasted."""
    style = look(strip.transport)
    for points in _unbroken(chart, strip):
        drawn = [(x(at_s), y(value)) for at_s, value in points]
        if not chart.log:
            ends = [(drawn[0][0], y.start_px), *drawn, (drawn[-1][0], y.start_px)]
            canvas.area(ends, style.colour, 0.18)
        canvas.line(drawn, style.colour, 2.2, style.texture.dashes)


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
