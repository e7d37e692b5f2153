"""How far another clock is from ours, by exchanged stamps, and the bound of the error."""

from collections.abc import Callable
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
