"""The canvas of every chart: shapes in CSS pixels, scales with their grids, and one inline SVG.

Text stays text in the page's font; lines and text take the page's colours, by day and by night. The
same input gives the same bytes. No plotting library, as matplotlib took 0.4 s to load and 0.8 s to
draw ten pictures twice, of the 1.8 s that a report took: these take 0.02 s.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple
from xml.sax.saxutils import escape, quoteattr

WIDE_PX = 720
NARROW_PX = 340
FONT_PX = 13.0
TICK_PX = 64
CHARACTER_PX = 7.6

INK = "currentColor"
LINE = "var(--line)"
PAPER = "var(--paper)"

# Hatches and markers, as SVG paths: lines within a tile of 8 px, shapes within -1 and 1.
HATCHES = {
    "rising": "M-1 9L9 -1M-1 1L1 -1M7 9L9 7",
    "falling": "M-1 -1L9 9M7 -1L9 1M-1 7L1 9",
    "steep": "M-1 9L4 -1M3 9L8 -1M7 9L12 -1M-5 9L0 -1",
    "crossed": "M-1 -1L9 9M-1 9L9 -1",
    "level": "M0 2H8M0 6H8",
    "dotted": "M1 2h2M5 6h2",
}
MARKERS = {
    "circle": "M-1 0a1 1 0 1 1 2 0a1 1 0 1 1 -2 0z",
    "square": "M-.9 -.9h1.8v1.8h-1.8z",
    "diamond": "M0 -1.2L1.2 0L0 1.2L-1.2 0z",
    "up": "M0 -1.1L1.1 .9H-1.1z",
    "down": "M0 1.1L1.1 -.9H-1.1z",
    "cross": "M-1 -.5L-.5 -1L0 -.5L.5 -1L1 -.5L.5 0L1 .5L.5 1L0 .5L-.5 1L-1 .5L-.5 0z",
    "plus": "M-.4 -1.1h.8v.7h.7v.8h-.7v.7h-.8v-.7h-.7v-.8h.7z",
}

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]
Write = Callable[[float], str]


@dataclass(frozen=True)
class Scale:
    """From values to pixels: `low` lies at `start_px` and `high` at `end_px`."""

    low: float
    high: float
    start_px: float
    end_px: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high = self.low, self.high
        if self.log:
            value, low, high = math.log10(value), math.log10(low), math.log10(high)
        return self.start_px + (value - low) / (high - low) * (self.end_px - self.start_px)


class Margins(NamedTuple):
    """Around the area that the axes enclose, in px."""

    left: int
    right: int
    top: int
    bottom: int


class Canvas:
    """A drawing of so many px, from the top left downwards.

    name: unique in the page, as every id begins with it. left, right, top, bottom: the area that
    its margins leave.
    """

    def __init__(self, name: str, width_px: int, height_px: float, margins: Margins) -> None:
        self.width_px, self.height_px = width_px, height_px
        self.left, self.right = margins.left, width_px - margins.right
        self.top, self.bottom = margins.top, height_px - margins.bottom
        self._name = name
        self._shapes: list[str] = []
        self._patterns: dict[tuple[str, str, float], str] = {}

    def across(self, low: float, high: float, log: bool = False) -> Scale:
        """The area from left to right."""
        return Scale(low, high, self.left, self.right, log)

    def upwards(self, low: float, high: float, log: bool = False) -> Scale:
        """The area from its bottom to its top."""
        return Scale(low, high, self.bottom, self.top, log)

    def line(
        self,
        points: Iterable[Point],
        colour: str,
        width: float = 1.0,
        dashes: Sequence[float] = (),
        clipped: bool = False,
    ) -> None:
        """Through points in px. dashes: in line widths. clipped: to the area."""
        dash = f' stroke-dasharray="{" ".join(_px(d * width) for d in dashes)}"' if dashes else ""
        clip = f' clip-path="url(#{self._name}-area)"' if clipped else ""
        self._shapes.append(
            f'<path d="{_path(points)}" fill="none" stroke="{colour}" stroke-width="{width}" '
            f'stroke-linejoin="round"{dash}{clip}/>'
        )

    def area(self, points: Iterable[Point], colour: str, opacity: float) -> None:
        """What lies within these points, filled."""
        self._shapes.append(
            f'<path d="{_path(points)}z" fill="{colour}" fill-opacity="{opacity}"/>'
        )

    def rectangle(
        self,
        left: float,
        top: float,
        size: tuple[float, float],
        fill: str,
        opacity: float = 1.0,
        hatch: str = "",
        outline: str = "",
    ) -> None:
        """size: its width and height. hatch: one of HATCHES, in the paper's colour."""
        if hatch:
            name = f"{self._name}-hatch-{len(self._patterns)}"
            fill = f"url(#{self._patterns.setdefault((hatch, fill, opacity), name)})"
            opacity = 1.0
        place = f'x="{_px(left)}" y="{_px(top)}" width="{_px(size[0])}" height="{_px(size[1])}"'
        edge = f' stroke="{outline}"' if outline else ""
        self._shapes.append(f'<rect {place} fill="{fill}" fill-opacity="{opacity}"{edge}/>')

    def marker(self, at: Point, shape: str, colour: str, radius: float) -> None:
        """One of MARKERS, with a rim in the paper's colour."""
        self._shapes.append(
            f'<path d="{MARKERS[shape]}" transform="translate({_px(at[0])} {_px(at[1])}) '
            f'scale({radius})" fill="{colour}" stroke="{PAPER}" stroke-width="{1 / radius:.2f}"/>'
        )

    def text(
        self,
        at: Point,
        words: str,
        anchor: Anchor = "start",
        size: float = FONT_PX,
        halo: bool = False,
    ) -> None:
        """Lines of text, their middle at `at`. halo: in the paper's colour, over lines below it."""
        lines = words.split("\n")
        first = at[1] + 0.35 * size - (len(lines) - 1) * 0.6 * size
        x, y = _px(at[0]), _px(first)
        spans = escape(lines[0]) + "".join(
            f'<tspan x="{x}" dy="{_px(1.2 * size)}">{escape(line)}</tspan>' for line in lines[1:]
        )
        behind = f' paint-order="stroke" stroke="{PAPER}" stroke-width="4"' if halo else ""
        side = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self._shapes.append(
            f'<text x="{x}" y="{y}" font-size="{_px(size)}" fill="{INK}" '
            f'stroke-linejoin="round"{side}{behind}>{spans}</text>'
        )

    def uprights(self, x: Scale, ticks: Iterable[float], top: float, bottom: float) -> None:
        """Lines at the ticks between two heights, and the base they stand on."""
        for tick in ticks:
            self.line([(x(tick), top), (x(tick), bottom)], LINE, 0.8)
        self.line([(self.left, bottom), (self.right, bottom)], LINE, 0.8)

    def values(self, x: Scale, ticks: Iterable[float], write: Write, name: str) -> None:
        """The ticks' values below the area, and what they are."""
        for tick in ticks:
            self.text((x(tick), self.bottom + 13), write(tick), "middle")
        self.text(((self.left + self.right) / 2, self.height_px - 18), name, "middle")

    def columns(self, x: Scale, ticks: Sequence[float], write: Write, name: str) -> None:
        """Uprights through the area, and their values."""
        self.uprights(x, ticks, self.top, self.bottom)
        self.values(x, ticks, write, name)

    def rows(self, y: Scale, ticks: Iterable[float], write: Write) -> None:
        """Level lines through the area, each with its value on the left."""
        for tick in ticks:
            self.line([(self.left, y(tick)), (self.right, y(tick))], LINE, 0.8)
            self.text((self.left - 5, y(tick)), write(tick), "end")

    def title(self, words: str) -> None:
        """Above the area, from its left."""
        self.text((self.left, self.top - 17), words)

    def svg(self, title: str, description: str) -> str:
        """An inline <svg role="img">, as wide as its place. Both are told to those who cannot see
        it, and escaped here.
        """
        area = (self.left, self.top, self.right - self.left, self.bottom - self.top)
        place = 'x="{}" y="{}" width="{}" height="{}"'.format(*map(_px, area))
        clip = f'<clipPath id="{self._name}-area"><rect {place}/></clipPath>'
        shapes = "\n".join(self._shapes)
        return (
            f'<svg role="img" aria-label={quoteattr(title)} '
            f'viewBox="0 0 {self.width_px} {_px(self.height_px)}">\n'
            f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>\n"
            f"{''.join(map(_pattern, self._patterns, self._patterns.values()))}"
            f"{clip if '-area)' in shapes else ''}{shapes}\n</svg>"
        )


def _pattern(key: tuple[str, str, float], name: str) -> str:
    hatch, fill, opacity = key
    return (
        f'<pattern id="{name}" width="8" height="8" patternUnits="userSpaceOnUse" '
        f'patternTransform="scale(1.25)">'
        f'<rect width="8" height="8" fill="{fill}" fill-opacity="{opacity}"/>'
        f'<path d="{HATCHES[hatch]}" stroke="{PAPER}" stroke-width=".9" fill="none"/></pattern>\n'
    )


def _path(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{_px(x)} {_px(y)}" for x, y in points)


def _px(value: float) -> str:
    """A tenth of a px is more than anybody sees."""
    return f"{value:.1f}".removesuffix(".0")


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
    """From 0 to `end` in at most so many equal steps of a round size. whole: of whole numbers."""
    least = max(end / most, 1.0) if whole else end / most
    scale = 10.0 ** math.floor(math.log10(least))
    steps = [m * scale for m in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)]
    step = next(s for s in steps if s >= least * 0.999999 and (not whole or s % 1 == 0))
    return [step * number for number in range(math.floor(end / step + 1e-9) + 1)]
