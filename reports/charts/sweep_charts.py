"""The charts of a sweep: what freshness costs, and which transport is the cheapest where."""

from collections.abc import Sequence

from reports.charts.canvas import NARROW_PX, Canvas, Margins, decades, sizes
from reports.formatting import units
from reports.formatting.transport_style import heading, look
from reports.planning.crossover_from_sweep import TOLERATED_NS, Cell, Cost, cheapest, rates

ROW_PX = 34
HEIGHT_PX = 300


def tradeoff(grid: Sequence[Cell], name: str, width_px: int) -> Canvas:
    """Age against bytes for one event rate: polling as a curve over its interval, push as a point.

    grid: cells of one rate whose bytes are known, at least one.
    """
    canvas = Canvas(name, width_px, HEIGHT_PX, Margins(left=66, right=24, top=34, bottom=56))
    ages = [cell.age_ns for cell in grid]
    costs = [cell.bytes for cell in grid if cell.bytes]
    x = canvas.across(min(ages) * 10**-0.4, max(ages) * 10**0.6, log=True)
    y = canvas.upwards(min(costs) * 10**-0.15, max(costs) * 10**0.25, log=True)
    age = "mean age of an event on arrival (log scale)"
    canvas.columns(x, decades(x.low, x.high, width_px), lambda v: units.duration(v, 1), age)
    canvas.rows(y, sizes(y.low, y.high, 7), lambda value: units.size(value, 1))
    canvas.title("bytes on the wire for an event (log scale)")
    for transport in dict.fromkeys(cell.transport for cell in grid):
        own = [cell for cell in grid if cell.transport == transport]
        points = [(x(cell.age_ns), y(cell.bytes)) for cell in own if cell.bytes]
        canvas.line(points, look(transport).colour, 2.4)
        for place, (cell, at) in enumerate(zip(own, points, strict=True)):
            canvas.marker(at, "circle", look(transport).colour, 4)
            every = _every(cell)
            label = heading(transport) if place == 0 or not every else ""
            words = " ".join(filter(None, [label, every]))
            canvas.text((at[0] + 8, at[1] - 11), words, halo=True)
    return canvas


def choice(grid: Sequence[Cell], key: Cost, name: str, width_px: int) -> Canvas:
    """Which transport is the cheapest, by event rate (across) and tolerated mean age (upwards)."""
    columns = rates(grid)
    height_px = ROW_PX * len(TOLERATED_NS) + 90
    canvas = Canvas(name, width_px, height_px, Margins(left=66, right=2, top=34, bottom=56))
    x, y = canvas.across(0, len(columns)), canvas.upwards(0, len(TOLERATED_NS))
    for column, rate in enumerate(columns):
        canvas.text((x(column + 0.5), canvas.bottom + 13), units.tick(rate), "middle")
        for row, tolerated_ns in enumerate(TOLERATED_NS):
            found = cheapest(grid, rate, tolerated_ns, key)
            if found is not None:
                size = (0.96 * (x(1) - x(0)), 0.9 * ROW_PX)
                colour = look(found.transport).colour
                canvas.rectangle(x(column + 0.02), y(row + 0.95), size, colour, 0.35)
                words = f"{_name(found, width_px)} {_every(found)}".strip()
                canvas.text((x(column + 0.5), y(row + 0.5)), words, "middle", 11)
    for row, tolerated_ns in enumerate(TOLERATED_NS):
        words = units.tick(tolerated_ns, units.duration)
        canvas.text((canvas.left - 5, y(row + 0.5)), words, "end")
    canvas.text(((canvas.left + canvas.right) / 2, height_px - 18), "events per second", "middle")
    canvas.title("mean age that is tolerated")
    return canvas


def _every(cell: Cell) -> str:
    """The poll interval; "" for a transport that has none."""
    return "" if cell.interval_s is None else units.tick(cell.interval_s * 1e9, units.duration)


def _name(cell: Cell, width_px: int) -> str:
    """By its initials where there is little room."""
    if width_px > NARROW_PX:
        return look(cell.transport).name
    return "".join(word[0].upper() for word in cell.transport.replace("-", " ").split())
