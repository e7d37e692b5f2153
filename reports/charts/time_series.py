"""A trial step by step, a line for each transport: did anything change meanwhile?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from feed.transport import parsed
from loadgen.runfile.figures import Figures, Series
from loadgen.runfile.run import Run
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading
from reports.formatting.wording import wording
from reports.summary.formulas import NS_PER_S

MOST_STEPS = 60
Steps = tuple[float | None, ...]


@dataclass(frozen=True)
class Strip:
    """One transport. values: a step each; None where a step has none."""

    transport: str
    values: Steps


@dataclass(frozen=True)
class Strips:
    """One figure over the window, of all transports, on one scale.

    axis      what it counts, with its unit.
    text      writes a value. log: it spans powers of ten.
    starts_s  of the steps, from the window's start; the last one ends at `end_s`.
    """

    name: str
    title: str
    axis: str
    text: Callable[[units.Number | None], str]
    log: bool
    starts_s: tuple[float, ...]
    end_s: float
    strips: tuple[Strip, ...]

    @property
    def is_empty(self) -> bool:
        """No step of any transport has a value above 0."""
        return not any(value for strip in self.strips for value in strip.values)

    @property
    def table(self) -> Table:
        """A row for each step."""
        head = ("from second", *(heading(strip.transport) for strip in self.strips))
        rows = (
            (
                Cell(units.tick(start)),
                *(Cell(self.text(strip.values[step])) for strip in self.strips),
            )
            for step, start in enumerate(self.starts_s)
        )
        return Table(f"{self.title}, step by step", head, tuple(rows))


@dataclass(frozen=True)
class OverTime:
    """round: the one that is shown; charts: () where the run file has no trial step by step."""

    round: int
    charts: tuple[Strips, ...]


def over_time(run: Run) -> OverTime:
    """Of one round, as in it all transports had the same feed: the first that most of them have."""
    rounds: dict[int, dict[str, Figures]] = {}
    for trial in run.trials:
        if trial.figures and trial.figures.series and not parsed(trial.transport).is_again:
            rounds.setdefault(trial.round, {})[trial.transport] = trial.figures
    if not rounds:
        return OverTime(0, ())
    shown = max(sorted(rounds), key=lambda number: len(rounds[number]))
    names = [name for name in run.scenario.transports if name in rounds[shown]]
    names += [name for name in rounds[shown] if name not in names]
    figures = {name: rounds[shown][name] for name in names}
    charts = (chart for chart in _charts(run, figures) if not chart.is_empty)
    return OverTime(shown, tuple(charts))


def _charts(run: Run, figures: dict[str, Figures]) -> tuple[Strips, ...]:
    words = wording(run.scenario.workload)
    cut = {name: _Cut(found) for name, found in figures.items()}
    first = next(iter(cut.values()))

    def chart(
        name: str,
        title: str,
        axis: str,
        text: Callable[[units.Number | None], str],
        of: Callable[["_Cut"], Steps],
        log: bool = False,
    ) -> Strips:
        strips = tuple(Strip(transport, of(each)) for transport, each in cut.items())
        return Strips(name, title, axis, text, log, first.starts_s, first.end_s, strips)

    several = words.deliveries
    return (
        chart(
            "time-deliveries",
            f"{several.capitalize()} per second",
            f"{several} per second, all clients together",
            units.rate,
            lambda each: each.per_second(each.series.received),
        ),
        chart(
            "time-latency",
            f"Longest {words.latency}",
            f"longest {words.latency}, by due time (log scale)",
            units.duration,
            lambda each: each.longest(each.series.latency_max_ns),
            log=True,
        ),
        chart(
            "time-bytes",
            "Message bytes per second",
            "bytes of messages per second, all clients together",
            lambda value: units.NOTHING if value is None else f"{units.size(value)}/s",
            lambda each: each.per_second(each.series.message_bytes),
        ),
    )


class _Cut:
    """A trial's series, its steps put together so that there are no more than MOST_STEPS."""

    def __init__(self, figures: Figures) -> None:
        assert figures.series is not None
        self.series: Series = figures.series
        count = len(self.series.expected)
        self._together = max(1, -(-count // MOST_STEPS))
        step_s = self.series.step_ns * self._together / NS_PER_S
        self.starts_s = tuple(step * step_s for step in range(-(-count // self._together)))
        self.end_s = figures.window_ns / NS_PER_S

    def per_second(self, counts: Sequence[int]) -> Steps:
        """Counts add up; the last step may be shorter."""
        ends_s = (*self.starts_s[1:], self.end_s)
        return tuple(
            sum(counts[first : first + self._together]) / (end_s - start_s)
            for first, start_s, end_s in zip(
                self._firsts(counts), self.starts_s, ends_s, strict=True
            )
        )

    def longest(self, durations_ns: Sequence[int | None]) -> Steps:
        """Of the steps that have one: a maximum, unlike a percentile, can be put together."""
        return tuple(
            max(
                (v for v in durations_ns[first : first + self._together] if v is not None),
                default=None,
            )
            for first in self._firsts(durations_ns)
        )

    def _firsts(self, values: Sequence[object]) -> range:
        return range(0, len(values), self._together)
