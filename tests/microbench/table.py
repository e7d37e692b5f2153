"""What the microbenchmarks found, as one Markdown table."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Benchmark = Any  # pytest-benchmark's fixture, which has no types


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """Two sides of one job, measured in turns.

    ours, theirs  rates in `unit`, round by round; the rounds of both belong together.
    target        the smallest median of ours / theirs that is wanted.
    """

    job: str
    against: str
    unit: str
    target: float
    ours: Sequence[float]
    theirs: Sequence[float]

    @property
    def ratios(self) -> list[float]:
        """ours / theirs, a number a round, ascending."""
        return sorted(one / other for one, other in zip(self.ours, self.theirs, strict=True))

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)

    def row(self) -> str:
        """Its line in the table."""
        mine, other = statistics.median(self.ours), statistics.median(self.theirs)
        spread = f"{self.ratios[0]:.2f}–{self.ratios[-1]:.2f}"
        reached = "yes" if self.median >= self.target else "no"
        return (
            f"| {self.job} | {self.against} | {mine:,.0f} | {other:,.0f} {self.unit} "
            f"| {self.median:.2f} ({spread}) | {self.target:.2f} | {reached} |"
        )


def in_turns(rounds: int, *sides: Callable[[], float]) -> list[list[float]]:
    """Call the sides in turns, A B A B …; what each returned, a list a side.

    So a slow spell of the machine meets all sides alike.
    """
    results = [[side() for side in sides] for _ in range(rounds)]
    return [list(column) for column in zip(*results, strict=True)]


def markdown(ratios: Sequence[Ratio], times_ns: dict[str, float]) -> str:
    """Both tables: ratios with their targets, and the time of one call of a small function."""
    lines = [
        "| job | against | ours | theirs | ratio: median (min–max) | target | reached |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
        *(ratio.row() for ratio in ratios),
        "",
        "| call | median |",
        "| --- | ---: |",
        *(f"| {name} | {time_ns:,.0f} ns |" for name, time_ns in times_ns.items()),
    ]
    return "\n".join(lines) + "\n"
