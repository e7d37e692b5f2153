"""The chart of where the answer flips: bytes per event over the event rate, both logarithmic."""

import math
from collections.abc import Mapping

from reports.charts.canvas import INK, Canvas, Margins, decades, sizes
from reports.charts.pictures import Picture, both
from reports.formatting import units
from reports.formatting.transport_style import heading, look
from reports.planning.crossover_from_theory import Flip, Line

HEIGHT_PX = 320
MARGINS = Margins(left=66, right=14, top=34, bottom=56)
NAME_PX = 17  # between two names, one above the other


def picture(found: Flip) -> Picture:
    """Nothing but what is missing where there are no lines."""
    if not found.lines:
        return Picture("", "", found.missing)
    title, description = "Bytes on the wire per event, by event rate", " ".join(found.sentences)
    return both("flip", title, description, lambda name, px: draw(found, name, px), found.missing)


def draw(found: Flip, name: str, width_px: int) -> Canvas:
    """Lines from theory, a dot where the run was, and an upright where the answer flips."""
    low, high = found.ends
    within = {line.transport: _within(line, low, high) for line in found.lines}
    prices = [price for points in within.values() for price in points.values()]
    prices += [line.measured[1] for line in found.lines if line.measured]
    canvas = Canvas(name, width_px, HEIGHT_PX, MARGINS)
    x = canvas.across(low, high, log=True)
    y = canvas.upwards(min(prices) * 10**-0.12, max(prices) * 10**0.2, log=True)
    rate = "events per second for each client (log scale)"
    canvas.columns(x, decades(low, high, width_px), units.tick, rate)
    canvas.rows(y, sizes(y.low, y.high, 8), lambda value: units.tick(value, units.size))
    canvas.title("bytes on the wire per event (log scale)")
    for turn in found.turns.values():
        canvas.line([(x(turn), canvas.bottom), (x(turn), canvas.top)], INK, 1.3, (4, 3))
    for line in found.lines:
        style = look(line.transport)
        points = [(x(at), y(price)) for at, price in within[line.transport].items()]
        canvas.line(points, style.colour, 2.4, style.texture.dashes)
        if line.measured:
            at = (x(line.measured[0]), y(line.measured[1]))
            canvas.marker(at, style.texture.marker, style.colour, 5)
    starts = {name: next(iter(points.values())) for name, points in within.items()}
    for transport, price in _apart(starts, math.log10(y.high / y.low)).items():
        canvas.text((canvas.left + 5, y(price) - 11), heading(transport), halo=True)
    return canvas


def _within(line: Line, low: float, high: float) -> dict[float, float]:
    return {rate: price for rate, price in line.expected.items() if low <= rate <= high * 1.001}


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
