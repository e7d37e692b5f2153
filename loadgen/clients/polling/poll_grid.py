"""The grid on which polls are planned: absolute, so that a late poll cannot push the next one back.

Slot k of a client lies at epoch + phase + k × interval. Integer arithmetic, without a clock.
"""

from dataclasses import dataclass
from random import Random


def phases(count: int, interval_ns: int, seed: int) -> list[int]:
    """One phase a client, in ns: the middles of `count` equal parts of the interval, shuffled.

    Stratified, as independent random phases of 100 clients alone move the mean age of what a
    poll brings by 4 %.
    """
    order = list(range(count))
    Random(f"{seed}/phase").shuffle(order)
    return [(2 * index + 1) * interval_ns // (2 * count) for index in order]


@dataclass(frozen=True, slots=True)
class Grid:
    """The slots first_ns + k × interval_ns, k = 0, 1, 2 … ; interval_ns > 0."""

    first_ns: int
    interval_ns: int

    def slot_ns(self, index: int) -> int:
        """The instant of slot `index`."""
        return self.first_ns + index * self.interval_ns

    def latest(self, now_ns: int) -> int:
        """The index of the last slot at or before now_ns; negative before the first one."""
        return (now_ns - self.first_ns) // self.interval_ns
