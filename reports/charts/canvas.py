"""What every drawing stands on: a page's colours and type in matplotlib, and SVG text out of it.

The same input gives the same bytes. The only door to matplotlib: what a drawing needs of it, it
takes from here.
"""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from matplotlib import rc_context
from matplotlib.artist import Artist as Artist
from matplotlib.axes import Axes as Axes
from matplotlib.figure import Figure as Figure
from matplotlib.lines import Line2D as Line2D
from matplotlib.patches import Patch as Patch
from matplotlib.patches import Rectangle as Rectangle
from matplotlib.ticker import FixedLocator as FixedLocator
from matplotlib.ticker import FuncFormatter as FuncFormatter
from matplotlib.ticker import MaxNLocator as MaxNLocator
from matplotlib.ticker import NullLocator as NullLocator

from reports.formatting import units

WIDE_PX = 720
NARROW_PX = 340
FONT_PX = 13.0
TICK_PX = 64
CHARACTER_PX = 7.6

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
        figure = Figure(figsize=(width_px / 72, height_px / 72), dpi=72)
        left, bottom = margins.left / width_px, margins.bottom / height_px
        right, top = 1 - margins.right / width_px, 1 - margins.top / height_px
        axes = figure.add_axes((left, bottom, right - left, top - bottom))
        yield figure, axes, out
        nameless = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(out, format="svg", transparent=True, metadata=nameless)


def time_axis(axes: Axes, left: float, right: float, width_px: int) -> None:
    """Logarithmic, a tick at each power of ten for which there is room; left and right in log10."""
    decades = range(math.ceil(left), math.floor(right) + 1)
    step = max(1, math.ceil(len(decades) * TICK_PX / width_px))
    axes.set_xscale("log")
    axes.set_xlim(10.0**left, 10.0**right)
    axes.xaxis.set_major_locator(FixedLocator([10.0**decade for decade in decades[::step]]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: units.duration(value, 1)))


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
    told = f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>"
    head = f'<svg role="img" aria-label={quoteattr(title)} viewBox="{view_box}">'
    return f"{head}\n{told}{_own_ids(body, name)}"


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
