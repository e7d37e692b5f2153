"""CPU time that this machine was not given: taken by its host, or withheld by a quota."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

_STAT = Path("/proc/stat")
_QUOTA = Path("/sys/fs/cgroup/cpu.stat")


@dataclass(frozen=True)
class Account:
    """Counts since the machine, or its container, began.

    stolen, all    ticks of all cores (proc_stat(5): `steal` is the eighth of the ten columns).
    withheld_us    time that a quota of the control group held its tasks back (cgroup v2, cpu.stat).
    """

    stolen: int
    all: int
    withheld_us: int

    @classmethod
    def read(cls) -> Self | None:
        """The counts now; None where the system does not tell."""
        try:
            quota = _QUOTA.read_text() if _QUOTA.exists() else ""
            return cls.parse(_STAT.read_text(), quota)
        except (OSError, ValueError, IndexError):
            return None

    @classmethod
    def parse(cls, stat: str, quota: str) -> Self:
        """From the texts of both files. ValueError or IndexError where `stat` is no such text."""
        # The last two columns, guests, are part of the first two.
        ticks = [int(text) for text in stat.splitlines()[0].split()[1:9]]
        withheld = dict(line.split() for line in quota.splitlines()).get("throttled_usec", "0")
        return cls(stolen=ticks[7], all=sum(ticks), withheld_us=int(withheld))


def share(start: Account | None, end: Account | None, span_ns: int) -> float | None:
    """The larger of both shares between two readings, 0 to 1; None where one is missing.

    span_ns: between the readings. What a quota withholds is held against the clock, as it stops
    every task of the group at once.
    """
    if start is None or end is None or end.all <= start.all or span_ns <= 0:
        return None
    stolen = (end.stolen - start.stolen) / (end.all - start.all)
    withheld = (end.withheld_us - start.withheld_us) * 1000 / span_ns
    return min(1.0, max(stolen, withheld, 0.0))
