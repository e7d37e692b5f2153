"""The latency chart: where its axis ends and its names stand, and the drawing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.charts.canvas import (
    CHARACTER_PX,
    INK,
    Axes,
    Margins,
    canvas,
    columns,
    decades,
    label,
    rows,
    title,
)
from reports.formatting import units
from reports.formatting.transport_style import style_of
from reports.formatting.wording import FEED, Wording
from reports.summary.latency_curves import Curve

NAME_PX = 150
SHARES = (0.62, 0.36, 0.2, 0.9, 0.5, 0.1)
LAST_SHARE = 0.78  # a wide distribution rises late: further down its name would lie on its curve


@dataclass(frozen=True)
class Place:
    """A name stands beside its curve at this share, on its right or on its left."""

    curve: Curve
    share: float
    to_right: bool


def ends(curves: Sequence[Curve], width_px: int, name_px: float = NAME_PX) -> tuple[float, float]:
    """log10 of the axis's two ends: the first curve has room for its name on the left.

    name_px: the length of the longest name.
    """
    right = math.log10(max(curve.latency_ns[-1] for curve in curves) * 1.3)
    lowest = math.log10(min(curve.latency_ns[0] for curve in curves))
    first = math.log10(min(curve.at(SHARES[0]) for curve in curves))
    room = name_px / width_px
    return min(lowest - 0.2, (first - room * right) / (1 - room)), right


def places(
    curves: Sequence[Curve], left: float, right: float, room: float = 0.0
) -> tuple[Place, ...]:
    """A place for each curve, fastest first, each at a height of its own.

    left, right  as `ends` gives them. The side is the one with more room to the next curve, but
    not the right one where the axis ends within `room`, the length of a name in the same unit.
    """
    ranked = sorted(curves, key=lambda curve: curve.at(0.5))
    shares = [*SHARES[: len(ranked) - 1], LAST_SHARE]
    if len(ranked) > len(shares):
        shares = [(rank + 0.5) / len(ranked) for rank in range(len(ranked))]
    return tuple(
        Place(curve, share, _to_right(curve, share, ranked, left, right, room))
        for curve, share in zip(ranked, shares, strict=True)
    )


def _to_right(
    curve: Curve, share: float, curves: Sequence[Curve], left: float, right: float, room: float
) -> bool:
    here = math.log10(curve.at(share))
    if right - here < room:
        return False
    edges = [left, right, *(math.log10(other.at(share)) for other in curves if other is not curve)]
    before = min((here - edge for edge in edges if edge <= here), default=0.0)
    after = min((edge - here for edge in edges if edge >= here), default=0.0)
    return after > before


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
    longest = max(len(line) for each in labels.values() for line in each.split("\n"))
    name_px = CHARACTER_PX * longest
    left, right = ends(curves, width_px, name_px)
    with canvas(width_px, height_px, margins) as (_, axes, out):
        axes.set_xscale("log")
        axes.set_xlim(10**left, 10**right)
        axes.set_ylim(0, 101)
        ticks = decades(10**left, 10**right, width_px)
        columns(axes, ticks, lambda value: units.duration(value, 1), words.axis)
        rows(axes, [0, 25, 50, 75, 100], lambda value: f"{value:.0f}{units.GAP}%")
        title(axes, words.shares)
        for curve in expected:
            _draw_expected(axes, curve)
        for place in places(curves, left, right, (right - left) * name_px / width_px):
            _draw_curve(axes, place, labels[place.curve.transport])
    return out.getvalue()


def _draw_curve(axes: Axes, place: Place, name: str) -> None:
    curve = place.curve
    colour, texture = style_of(curve.transport).colour, style_of(curve.transport).texture
    shares = [100 * share for share in curve.share]
    (line,) = axes.plot(curve.latency_ns, shares, color=colour, linewidth=2.4)
    if texture.dashes:
        line.set_dashes(texture.dashes)
    axes.plot([curve.at(0.5)], [50], texture.marker, color=colour, markersize=7)
    label(
        axes,
        name,
        (curve.at(place.share), 100 * place.share),
        (10 if place.to_right else -10, 0),
        halo=True,
        ha="left" if place.to_right else "right",
        va="center",
        zorder=4,
    )


def _draw_expected(axes: Axes, curve: Curve) -> None:
    shares = [100 * share for share in curve.share]
    axes.plot(curve.latency_ns, shares, color=INK, linewidth=1.3, dashes=(4, 3), zorder=3)
