"""A page's clock, held against this host's monotonic one by exchanged stamps. Pure.

A page that is asked for its time reads it somewhere between the question and the answer, so each
exchange says of the offset (host − page) that it lies within an interval, and several say that it
lies in what their intervals have in common.
"""

from collections.abc import Iterable
from dataclasses import dataclass

NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Stamps:
    """asked_ns, answered_ns: of the host. page_ms: performance.now() in between."""

    asked_ns: int
    page_ms: float
    answered_ns: int


@dataclass(frozen=True, slots=True)
class Offset:
    """Host − page, in ns: somewhere in [least_ns, most_ns]."""

    least_ns: int
    most_ns: int

    @property
    def middle_ns(self) -> int:
        return (self.least_ns + self.most_ns) // 2

    def furthest_ns(self, offset_ns: int) -> int:
        """How far offset_ns is at most from the true one."""
        return max(self.most_ns - offset_ns, offset_ns - self.least_ns)


def offset(stamps: Iterable[Stamps], resolution_ns: int) -> Offset:
    """From at least one exchange of stamps; resolution_ns: the page's clock may be off by as much.

    Where no value is in all intervals, as with a clock that was set meanwhile, what lies between
    the two that are furthest apart.
    """
    intervals = [
        (
            each.asked_ns - round(each.page_ms * NS_PER_MS) - resolution_ns,
            each.answered_ns - round(each.page_ms * NS_PER_MS) + resolution_ns,
        )
        for each in stamps
    ]
    least_ns = max(least for least, _ in intervals)
    most_ns = min(most for _, most in intervals)
    return Offset(min(least_ns, most_ns), max(least_ns, most_ns))
