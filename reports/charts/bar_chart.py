"""The drawings, as SVG text. The same input gives the same bytes."""

import math
from collections.abc import Mapping, Sequence

from reports.charts.bars import Bars, Row
from reports.charts.canvas import (
    FONT_PX,
    NARROW_PX,
    Artist,
    Axes,
    Figure,
    FixedLocator,
    FuncFormatter,
    Line2D,
    Margins,
    MaxNLocator,
    NullLocator,
    Patch,
    canvas,
    time_axis,
)
from reports.charts.latency_chart import Place, ends, places
from reports.charts.svg import INK, PAPER
from reports.formatting import units
from reports.formatting.transport_style import heading, look
from reports.formatting.wording import FEED, Wording
from reports.summary.latency_curves import Curve

CHARACTER_PX = 7.6
STRENGTHS = (1.0, 0.62, 0.38, 0.2)
BAR_PX = 18


def latency(
    curves: Sequence[Curve],
    expected: Sequence[Curve],
    labels: Mapping[str, str],
    width_px: int,
    words: Wording = FEED,
) -> str:
    """Cumulative shares over a logarithmic time axis.

    expected: theory's curves, dashed, as far as they lie within the axis of the measured ones.
    labels: transport → the text beside its curve.
    """
    margins = Margins(left=54, right=8, top=34, bottom=56)
    height_px = 330 + 50 * max(0, len(curves) - 4)  # so that each has room for its name
    with canvas(width_px, height_px, margins) as (_, axes, out):
        name_px = CHARACTER_PX * max(
            len(line) for each in labels.values() for line in each.split("\n")
        )
        left, right = ends(curves, width_px, name_px)
        time_axis(axes, left, right, width_px)
        for curve in expected:
            _draw_expected(axes, curve)
        for place in places(curves, left, right, (right - left) * name_px / width_px):
            _draw_curve(axes, place, labels[place.curve.transport])
        axes.set_ylim(0, 101)
        axes.yaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}{units.GAP}%"))
        axes.grid(True, axis="both")
        axes.tick_params(length=0)
        axes.set_xlabel(words.axis)
        axes.set_title(words.shares, loc="left", fontsize=FONT_PX)
    return out.getvalue()


def bars(chart: Bars, width_px: int) -> str:
    """Horizontal bars, the transport's name above its own."""
    per_row = 1 if chart.stacked else len(chart.parts)
    row_px = 34 + 24 * per_row
    key_px = 26 * math.ceil(len(_keys(chart)) / _key_columns(chart, width_px))
    margins = Margins(left=2, right=2, top=key_px + 8, bottom=56)
    height_px = row_px * len(chart.rows) + margins.top + margins.bottom
    with canvas(width_px, height_px, margins) as (figure, axes, out):
        for place, row in enumerate(chart.rows):
            _draw_row(axes, chart, row, place * row_px)
        axes.set_ylim(row_px * len(chart.rows), -6)
        end = _axis_end(chart, width_px)
        axes.set_xlim(0, end)
        axes.yaxis.set_major_locator(NullLocator())
        axes.xaxis.set_major_locator(FixedLocator(_ticks(chart, end, width_px)))
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: units.tick(value, chart.unit))
        )
        axes.grid(True, axis="x")
        axes.tick_params(length=0)
        axes.set_xlabel(chart.axis)
        _key(figure, chart, width_px)
    return out.getvalue()


def _draw_curve(axes: Axes, place: Place, label: str) -> None:
    curve = place.curve
    colour, texture = look(curve.transport).colour, look(curve.transport).texture
    shares = [100 * share for share in curve.share]
    (line,) = axes.plot(curve.latency_ns, shares, color=colour, linewidth=2.4)
    if texture.dashes:
        line.set_dashes(texture.dashes)
    axes.plot([curve.at(0.5)], [50], texture.marker, color=colour, markersize=7)
    axes.annotate(
        label,
        (curve.at(place.share), 100 * place.share),
        xytext=(10 if place.to_right else -10, 0),
        textcoords="offset points",
        ha="left" if place.to_right else "right",
        va="center",
        bbox={"facecolor": PAPER, "alpha": 0.8, "linewidth": 0, "pad": 1.5},
        zorder=4,
    )


def _draw_expected(axes: Axes, curve: Curve) -> None:
    shares = [100 * share for share in curve.share]
    axes.plot(curve.latency_ns, shares, color=INK, linewidth=1.3, dashes=(4, 3), zorder=3)


def _axis_end(chart: Bars, width_px: int) -> float:
    """Where the axis must end for every bar to have its label beside it."""
    return max(
        max(end, 0.0) * width_px / (width_px - min(len(label) * CHARACTER_PX, 0.6 * width_px) - 24)
        for row in chart.rows
        for end, label in zip(row.ends(chart.stacked), row.labels, strict=True)
    )


def _ticks(chart: Bars, end: float, width_px: int) -> list[float]:
    """Round values, but for one at the very end whose text would be cut."""
    values = MaxNLocator(5 if width_px > NARROW_PX else 3).tick_values(0, end)
    return [
        value
        for value in values
        if len(units.tick(value, chart.unit)) * CHARACTER_PX / 2 <= (1 - value / end) * width_px
    ]


def _draw_row(axes: Axes, chart: Bars, row: Row, top_px: float) -> None:
    axes.text(0, top_px + 12, heading(row.transport), va="center")
    start = 0.0
    for number, value in enumerate(row.values):
        middle = top_px + 34 + (0 if chart.stacked else number * (BAR_PX + 4))
        strength = STRENGTHS[number]
        axes.barh(
            middle,
            value,
            BAR_PX,
            start,
            facecolor=look(row.transport).colour,
            edgecolor=PAPER,
            hatch=look(row.transport).texture.hatch,
            alpha=strength,
            linewidth=0,
        )
        start += value if chart.stacked else 0.0
        if not chart.stacked:
            _label_bar(axes, value, middle, row.labels[number])
    if chart.stacked:
        _outline(axes, row, start, top_px + 34)
        _label_bar(axes, row.ends(True)[0], top_px + 34, row.labels[0])
    if row.mark:
        _draw_mark(axes, row.mark, top_px + 34)


def _outline(axes: Axes, row: Row, end: float, middle: float) -> None:
    """Around the whole bar, as its palest part can hardly be seen on white."""
    if not end:
        return
    colour = look(row.transport).colour
    axes.barh(middle, end, BAR_PX, facecolor="none", edgecolor=colour, linewidth=1)


def _draw_mark(axes: Axes, value: float, middle: float) -> None:
    """A tick across the bar, and a little beyond it on both sides."""
    reach = BAR_PX / 2 + 4
    axes.plot([value, value], [middle - reach, middle + reach], color=INK, linewidth=2, zorder=3)


def _label_bar(axes: Axes, end: float, middle: float, label: str) -> None:
    axes.annotate(
        label, (max(end, 0.0), middle), xytext=(6, 0), textcoords="offset points", va="center"
    )


def _keys(chart: Bars) -> list[Artist]:
    """What the strengths mean, in the text's own colour, as it holds for every transport."""
    swatches: list[Artist] = [
        Patch(facecolor=INK, alpha=strength, label=part, linewidth=0)
        for part, strength in zip(chart.parts, STRENGTHS, strict=False)
    ]
    tick = Line2D([], [], color=INK, marker="|", markersize=14, markeredgewidth=2, linewidth=0)
    tick.set_label(chart.mark)
    return [*swatches, tick] if chart.is_marked else swatches


def _key(figure: Figure, chart: Bars, width_px: int) -> None:
    figure.legend(
        handles=_keys(chart),
        loc="upper left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0.1,
        ncols=_key_columns(chart, width_px),
        frameon=False,
        handlelength=1.1,
        handleheight=1.0,
        columnspacing=1.6,
        borderpad=0,
    )


def _key_columns(chart: Bars, width_px: int) -> int:
    """As many as fit beside each other."""
    labels = [*chart.parts, *([chart.mark] if chart.is_marked else [])]
    longest_px = max(len(label) for label in labels) * CHARACTER_PX + 30
    fits = sum(len(label) * CHARACTER_PX + 30 for label in labels) <= width_px
    return len(labels) if fits else max(1, int(width_px // longest_px))
