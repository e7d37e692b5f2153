"""The offset between two clocks, estimated from exchanged stamps, with the bound of its error."""

from collections.abc import Iterable
from typing import NamedTuple


class Stamps(NamedTuple):
    """One exchange: the other clock was read between two readings of ours."""

    asked_ns: int
    theirs_ns: int
    answered_ns: int


class Offset(NamedTuple):
    """ns: theirs - ours. bound_ns: the error is no larger; None: no stamps were exchanged."""

    ns: int
    bound_ns: int | None

    def furthest_ns(self, ns: int) -> int:
        """How far the offset `ns` is at most from the true one, by these stamps."""
        return abs(self.ns - ns) + (self.bound_ns or 0)


def clock_offset(exchanges: Iterable[Stamps], resolution_ns: int = 0) -> Offset:
    """The middle of the offsets that all exchanges allow; at least one exchange.

    resolution_ns: a reading of theirs may be off by as much. An exchange allows every offset
    between theirs - answered and theirs - asked. What all of them share is at most as wide as the
    quickest exchange, and narrower where question and answer took unequally long. Where they share
    nothing, as a clock was set or drifted meanwhile, the bound spans the two furthest apart. The
    offset is 0 where the bound allows that both are one clock.
    """
    allowed = [
        (each.theirs_ns - each.answered_ns, each.theirs_ns - each.asked_ns) for each in exchanges
    ]
    one = max(least for least, _ in allowed) - resolution_ns
    other = min(most for _, most in allowed) + resolution_ns
    offset_ns = (one + other) // 2
    bound_ns = max(1, (abs(other - one) + 1) // 2)
    return Offset(0 if abs(offset_ns) <= bound_ns else offset_ns, bound_ns)
