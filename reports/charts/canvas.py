"""What every drawing stands on: a page's colours and type in matplotlib, and SVG text out of it.

The same input gives the same bytes. The only door to matplotlib: what a drawing needs of it, it
takes from here.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from matplotlib import rc_context
from matplotlib.axes import Axes as Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Figure
from matplotlib.lines import Line2D as Line2D
from matplotlib.patches import Polygon as Polygon
from matplotlib.patches import Rectangle as Rectangle
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D, IdentityTransform, Transform

WIDE_PX = 720
NARROW_PX = 340
FONT_PX = 13.0
TICK_PX = 64
CHARACTER_PX = 7.6

PX = IdentityTransform()  # as a drawing has 72 dots per inch, a point and a px are the same

INK = "#010203"
LINE = "#040506"
PAPER = "#070809"

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "pushbench",
    "font.size": FONT_PX,
    "font.family": "DejaVu Sans",
    "text.parse_math": False,
    "text.color": INK,
}


Write = Callable[[float], str]
Point = tuple[float, float]


class Margins(NamedTuple):
    """Around the axes, in px."""

    left: int
    right: int
    top: int
    bottom: int


@contextmanager
def canvas(
    width_px: int, height_px: int, margins: Margins
) -> Iterator[tuple[Figure, Axes, StringIO]]:
    """A figure whose units are CSS pixels; `out` holds the SVG once the block has ended."""
    out = StringIO()
    with rc_context(_STYLE):
        figure = Figure(figsize=(width_px / 72, height_px / 72), dpi=72, frameon=False)
        left, bottom = margins.left / width_px, margins.bottom / height_px
        right, top = 1 - margins.right / width_px, 1 - margins.top / height_px
        axes = figure.add_axes((left, bottom, right - left, top - bottom))
        axes.set_axis_off()
        yield figure, axes, out
        nameless = {"Date": None, "Creator": None, "Format": None, "Type": None}
        FigureCanvasSVG(figure).print_svg(out, metadata=nameless)  # type: ignore[no-untyped-call]


def columns(
    axes: Axes, ticks: Sequence[float], write: Write, name: str, lines: bool = True
) -> None:
    """Uprights at the ticks, each with its value below, and what the values are.

    By hand, as matplotlib's own axes took most of the time of a drawing: five artists for each
    tick, of which a chart shows two.
    """
    if lines:
        uprights(axes, ticks, 0, 1)
    place, va, ha = axes.get_xaxis_text1_transform(7)
    for tick in ticks:
        axes.text(tick, 0, write(tick), transform=place, va=va, ha=ha)
    label(axes, name, (0.5, 0), (0, -29), axes.transAxes, ha="center", va="top")


def uprights(axes: Axes, ticks: Sequence[float], bottom: float, top: float) -> None:
    """Uprights between two heights and the base they stand on; 0 and 1: bottom and top."""
    _lines(axes, [((tick, tick), (bottom, top)) for tick in ticks], axes.get_xaxis_transform())
    _lines(axes, [((0, 1), (bottom, bottom))], axes.transAxes)


def rows(axes: Axes, ticks: Sequence[float], write: Write, lines: bool = True) -> None:
    """Level lines at the ticks, each with its value on the left."""
    if lines:
        _lines(axes, [((0, 1), (tick, tick)) for tick in ticks], axes.get_yaxis_transform())
    place, va, ha = axes.get_yaxis_text1_transform(3.5)
    for tick in ticks:
        axes.text(0, tick, write(tick), transform=place, va=va, ha=ha)


def _lines(axes: Axes, ends: Sequence[tuple[Point, Point]], place: Transform) -> None:
    """Thin lines as one artist, below all else: (left, right), (bottom, top) of each."""
    across = [x for xs, _ in ends for x in (*xs, math.nan)]
    upwards = [y for _, ys in ends for y in (*ys, math.nan)]
    drawn = Line2D(across, upwards, color=LINE, linewidth=0.8, transform=place, zorder=0.5)
    axes.add_artist(drawn)


def title(axes: Axes, words: str) -> None:
    """Above the axes, from their left."""
    label(axes, words, (0, 1), (0, 12), axes.transAxes)


def label(
    axes: Axes,
    words: str,
    at: Point,
    offset_px: Point,
    place: Transform | None = None,
    halo: bool = False,
    **how: Any,
) -> None:
    """Text so far from a point of the data, or of another place. halo: over lines below it."""
    if halo:
        how["bbox"] = {"facecolor": PAPER, "alpha": 0.8, "linewidth": 0, "pad": 1.5}
    moved = (place or axes.transData) + Affine2D().translate(*offset_px)
    axes.text(*at, words, transform=moved, **how)


def decades(low: float, high: float, width_px: int = WIDE_PX) -> list[float]:
    """The powers of ten between two values, as many as have room for their text across."""
    powers = range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
    step = max(1, math.ceil(len(powers) * TICK_PX / width_px))
    return [10.0**power for power in powers[::step]]


def sizes(low: float, high: float, most: int) -> list[float]:
    """1, 2 and 5 times the powers of ten between two values, thinned to `most`."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = [m * 10.0**power for power in powers for m in (1, 2, 5) if low <= m * 10**power <= high]
    return steps[:: math.ceil(len(steps) / most)] if steps else []


def round_ticks(end: float, most: int, whole: bool = False) -> list[float]:
    """From 0 to `end` in few steps of a round size. whole: none below 1, where there is room."""
    values = MaxNLocator(most, integer=whole).tick_values(0, end)
    return [float(value) for value in values if 0 <= value <= end * (1 + 1e-9)]


_PAGE_COLOURS = {INK: "currentColor", LINE: "var(--line)", PAPER: "var(--paper)"}
_FAMILY = re.compile(r"font-family: [^;\"]*;? ?")
_SHORT_FONT = re.compile(r"font: ([\d.]+px) [^;\"]*")
_HEAD = re.compile(r"^.*?<svg[^>]*?viewBox=\"([^\"]+)\"[^>]*>", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_ID = re.compile(r'\bid="([^"]+)"')


def embed(drawn: str, name: str, title: str, description: str) -> str:
    """The drawing as an inline <svg role="img">, as wide as its place.

    name         unique in the page; every id begins with it.
    title, description  plain text for those who cannot see it; escaped here.
    """
    view_box, body = _split(drawn)
    body = _METADATA.sub("", _COMMENT.sub("", body)).replace("xlink:href", "href")
    for drawn_colour, page_colour in _PAGE_COLOURS.items():
        body = body.replace(drawn_colour, page_colour)
    body = _SHORT_FONT.sub(r"font-size: \1", _FAMILY.sub("", body))
    words = f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>"
    head = f'<svg role="img" aria-label={quoteattr(title)} viewBox="{view_box}">'
    return f"{head}\n{words}{_own_ids(body, name)}"


def _split(drawn: str) -> tuple[str, str]:
    head = _HEAD.match(drawn)
    if head is None:
        raise ValueError("no <svg> with a viewBox")
    return head[1], drawn[head.end() :].rstrip()


def _own_ids(body: str, name: str) -> str:
    """Ids that nothing refers to are dropped, the others are prefixed."""
    for found in set(_ID.findall(body)):
        if f"#{found}" in body:
            body = body.replace(f'id="{found}"', f'id="{name}-{found}"')
            body = re.sub(rf"#{re.escape(found)}\b(?=[\")])", f"#{name}-{found}", body)
        else:
            body = body.replace(f' id="{found}"', "")
    return body
