"""The drawings, as SVG text. The same input gives the same bytes; the only door to matplotlib."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Any, NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from reports import units
from reports.bars import Bars, Row
from reports.curves import Curve
from reports.placing import Place, ends, places
from reports.svg import INK, LINE
from reports.transports import heading, look

WIDE_PX = 720
NARROW_PX = 340
FONT_PX = 13.0
CHARACTER_PX = 7.6
STRENGTHS = (1.0, 0.62, 0.38, 0.2)
BAR_PX = 18
TICK_PX = 64

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "pushbench",
    "font.size": FONT_PX,
    "font.family": "DejaVu Sans",
    "text.parse_math": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.labelpad": 10,
    "axes.titlepad": 12,
    "xtick.major.pad": 7,
}


def latency(curves: Sequence[Curve], labels: Mapping[str, str], width_px: int) -> str:
    """Cumulative shares over a logarithmic time axis; labels: transport → the text beside it."""
    margins = Margins(left=54, right=8, top=34, bottom=56)
    with _canvas(width_px, 330, margins) as (_, axes, out):
        left, right = ends(curves, width_px)
        _time_axis(axes, left, right, width_px)
        for place in places(curves, left, right):
            _draw_curve(axes, place, labels[place.curve.transport])
        axes.set_ylim(0, 101)
        axes.yaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}{units.GAP}%"))
        axes.grid(True, axis="both")
        axes.tick_params(length=0)
        axes.set_xlabel("time since the event was due (log scale)")
        axes.set_title("share of events that had arrived", loc="left", fontsize=FONT_PX)
    return out.getvalue()


def bars(chart: Bars, width_px: int) -> str:
    """Horizontal bars, the transport's name above its own."""
    per_row = 1 if chart.stacked else len(chart.parts)
    row_px = 34 + 24 * per_row
    key_px = 26 * math.ceil(len(chart.parts) / _key_columns(chart.parts, width_px))
    margins = Margins(left=2, right=2, top=key_px + 8, bottom=56)
    height_px = row_px * len(chart.rows) + margins.top + margins.bottom
    with _canvas(width_px, height_px, margins) as (figure, axes, out):
        for place, row in enumerate(chart.rows):
            _draw_row(axes, chart, row, place * row_px)
        axes.set_ylim(row_px * len(chart.rows), -6)
        axes.set_xlim(0, _axis_end(chart, width_px))
        axes.yaxis.set_major_locator(NullLocator())
        axes.xaxis.set_major_locator(MaxNLocator(5 if width_px > NARROW_PX else 3))
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: units.tick(value, chart.unit))
        )
        axes.grid(True, axis="x")
        axes.tick_params(length=0)
        axes.set_xlabel(chart.axis)
        _key(figure, chart.parts, width_px)
    return out.getvalue()


class Margins(NamedTuple):
    """Around the axes, in px."""

    left: int
    right: int
    top: int
    bottom: int


@contextmanager
def _canvas(
    width_px: int, height_px: int, margins: Margins
) -> Iterator[tuple[Figure, Axes, StringIO]]:
    """A figure whose units are CSS pixels; `out` holds the SVG once the block has ended."""
    out = StringIO()
    with rc_context(_STYLE):
        figure = Figure(figsize=(width_px / 72, height_px / 72), dpi=72)
        left, bottom = margins.left / width_px, margins.bottom / height_px
        right, top = 1 - margins.right / width_px, 1 - margins.top / height_px
        axes = figure.add_axes((left, bottom, right - left, top - bottom))
        yield figure, axes, out
        nameless = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(out, format="svg", transparent=True, metadata=nameless)


def _time_axis(axes: Axes, left: float, right: float, width_px: int) -> None:
    """Logarithmic, a tick at each power of ten for which there is room; left and right in log10."""
    decades = range(math.ceil(left), math.floor(right) + 1)
    step = max(1, math.ceil(len(decades) * TICK_PX / width_px))
    axes.set_xscale("log")
    axes.set_xlim(10.0**left, 10.0**right)
    axes.xaxis.set_major_locator(FixedLocator([10.0**decade for decade in decades[::step]]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: units.duration(value, 1)))


def _draw_curve(axes: Axes, place: Place, label: str) -> None:
    curve = place.curve
    colour = look(curve.transport).colour
    style = "--" if "@" in curve.transport else "-"
    shares = [100 * share for share in curve.share]
    axes.plot(curve.latency_ns, shares, style, color=colour, linewidth=2.4)
    axes.plot([curve.at(0.5)], [50], "o", color=colour, markersize=7)
    axes.annotate(
        label,
        (curve.at(place.share), 100 * place.share),
        xytext=(10 if place.to_right else -10, 0),
        textcoords="offset points",
        ha="left" if place.to_right else "right",
        va="center",
    )


def _axis_end(chart: Bars, width_px: int) -> float:
    """Where the axis must end for every bar to have its label beside it."""
    return max(
        max(end, 0.0) * width_px / (width_px - min(len(label) * CHARACTER_PX, 0.6 * width_px) - 24)
        for row in chart.rows
        for end, label in zip(row.ends(chart.stacked), row.labels, strict=True)
    )


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
            color=look(row.transport).colour,
            alpha=strength,
            linewidth=0,
        )
        start += value if chart.stacked else 0.0
        if not chart.stacked:
            _label_bar(axes, value, middle, row.labels[number])
    if chart.stacked:
        _label_bar(axes, start, top_px + 34, row.labels[0])


def _label_bar(axes: Axes, end: float, middle: float, label: str) -> None:
    axes.annotate(
        label, (max(end, 0.0), middle), xytext=(6, 0), textcoords="offset points", va="center"
    )


def _key(figure: Figure, parts: Sequence[str], width_px: int) -> None:
    """What the strengths mean, in the text's own colour, as it holds for every transport."""
    swatches = [
        Patch(facecolor=INK, alpha=strength, label=part, linewidth=0)
        for part, strength in zip(parts, STRENGTHS, strict=False)
    ]
    figure.legend(
        handles=swatches,
        loc="upper left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0.1,
        ncols=_key_columns(parts, width_px),
        frameon=False,
        handlelength=1.1,
        handleheight=1.0,
        columnspacing=1.6,
        borderpad=0,
    )


def _key_columns(parts: Sequence[str], width_px: int) -> int:
    return len(parts) if width_px > NARROW_PX else 2
