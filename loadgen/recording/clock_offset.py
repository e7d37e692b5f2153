"""How far another clock is from ours, by exchanged stamps, and the bound of the error."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

EXCHANGES = 9


class Offset(NamedTuple):
    """ns: theirs - ours; 0 where the stamps allow that both are one clock.

    bound_ns: the error is no larger; None: no stamps were exchanged.
    """

    ns: int
    bound_ns: int | None


def measured(ask: Callable[[], int], now: Callable[[], int]) -> Offset:
    """From the quickest of several exchanges: theirs was read between our two readings."""
    quickest: tuple[int, int] | None = None
    for _ in range(EXCHANGES):
        before_ns = now()
        theirs_ns = ask()
        after_ns = now()
        taken_ns, offset_ns = after_ns - before_ns, theirs_ns - (before_ns + after_ns) // 2
        quickest = min(quickest or (taken_ns, offset_ns), (taken_ns, offset_ns))
    assert quickest is not None
    taken_ns, offset_ns = quickest
    bound_ns = max(1, (taken_ns + 1) // 2)
    return Offset(0 if abs(offset_ns) <= bound_ns else offset_ns, bound_ns)


NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Stamps:
    """asked_ns, answered_ns: of the host. page_ms: performance.now() in between."""

    asked_ns: int
    page_ms: float
    answered_ns: int


@dataclass(frozen=True, slots=True)
class PageOffset:
    """Host − page, in ns: somewhere in [least_ns, most_ns]."""

    least_ns: int
    most_ns: int

    @property
    def middle_ns(self) -> int:
        return (self.least_ns + self.most_ns) // 2

    def furthest_ns(self, offset_ns: int) -> int:
        """How far offset_ns is at most from the true one."""
        return max(self.most_ns - offset_ns, offset_ns - self.least_ns)


def offset(stamps: Iterable[Stamps], resolution_ns: int) -> PageOffset:
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
    return PageOffset(min(least_ns, most_ns), max(least_ns, most_ns))
