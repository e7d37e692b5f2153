"""Where the latency chart's axis ends and its names stand, decided before it is drawn. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

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
    shares = [SHARES[rank % len(SHARES)] for rank in range(len(ranked) - 1)] + [LAST_SHARE]
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
