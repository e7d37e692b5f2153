"""Two runs side by side: every number of every transport that both have, and what changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from loadgen.runfile.run import Run
from reports.comparison import compatibility
from reports.comparison.compatibility import Differing
from reports.comparison.difference import SURE_OF_MANY, Difference, difference, rounds_of
from reports.comparison.intervals import Interval
from reports.comparison.ratios import itself
from reports.comparison.thresholds import Size, between_runs
from reports.summary.formulas import Number
from reports.summary.health_checks import Finding, examine
from reports.summary.measures import MEASURES, Measure
from reports.summary.summary import Summary, summarise


@dataclass(frozen=True)
class Line:
    """One number in both runs; medians over their rounds, None where a run has none.

    change  None where it is not judged: one of the two is missing, or it is the generator's own.
    """

    measure: Measure
    old: Number | None
    new: Number | None
    change: Difference | None

    @property
    def changed(self) -> bool:
        return self.change is not None and self.change.found


@dataclass(frozen=True)
class Pair:
    """A transport that both runs have. sick: the runs in which its generator was, "old", "new"."""

    transport: str
    old: Summary
    new: Summary
    lines: tuple[Line, ...]
    sick: tuple[str, ...]

    def __getitem__(self, key: str) -> Line:
        return next(line for line in self.lines if line.measure.key == key)

    @property
    def changed(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.changed)

    @property
    def judged(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.change is not None)


@dataclass(frozen=True)
class TwoRuns:
    """only_old, only_new  transports that the other run does not have.
    paired    round n of both drew the same feed, so that rounds are held against each other.
    differs   of scenario and host: what had to be allowed. circumstances: what else differs.
    after     every transport of the new run.
    findings  of the health checks, old and new.
    """

    old: Run
    new: Run
    pairs: tuple[Pair, ...]
    after: Mapping[str, Summary]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    paired: bool
    differs: tuple[Differing, ...]
    circumstances: tuple[Differing, ...]
    findings: tuple[tuple[Finding, ...], tuple[Finding, ...]]

    @property
    def changed(self) -> tuple[tuple[Pair, Line], ...]:
        """Every change, with its transport."""
        return tuple((pair, line) for pair in self.pairs for line in pair.changed)

    @property
    def judged(self) -> int:
        """How many numbers could be held against each other."""
        return sum(len(pair.judged) for pair in self.pairs)

    @property
    def unclear(self) -> int:
        """Of how many of them the rounds cannot tell whether they changed."""
        changes = (line.change for pair in self.pairs for line in pair.judged if line.change)
        return sum(change.verdict == "cannot tell" for change in changes)

    @property
    def fewest_rounds(self) -> int:
        """Of all numbers that were judged; 0 where none was."""
        rounds = (line.change.rounds for pair in self.pairs for line in pair.judged if line.change)
        return min(rounds, default=0)


def two_runs(old: Run, new: Run) -> TwoRuns:
    """Of any two runs; whether they are comparable is asked first, by compatibility.py."""
    before = {summary.transport: summary for summary in summarise(old)}
    after = {summary.transport: summary for summary in summarise(new)}
    paired = compatibility.same_draw(old, new)
    clients = min(run.scenario.clients.count for run in (old, new))
    own = {
        measure.key: max(
            filter(None, (itself(run.values(), measure.key) for run in (before, after))),
            key=lambda found: found.widest_ratio,
            default=None,
        )
        for measure in MEASURES
    }
    return TwoRuns(
        old=old,
        new=new,
        pairs=tuple(
            _pair(before[name], after[name], paired, clients, own)
            for name in after
            if name in before
        ),
        after=after,
        only_old=tuple(name for name in before if name not in after),
        only_new=tuple(name for name in after if name not in before),
        paired=paired,
        differs=(*compatibility.scenarios(old, new), *compatibility.hosts(old, new)),
        circumstances=compatibility.circumstances(old, new),
        findings=(examine(old), examine(new)),
    )


def _pair(
    old: Summary, new: Summary, paired: bool, clients: int, own: Mapping[str, Interval | None]
) -> Pair:
    sick = [("old", old.generator_healthy), ("new", new.generator_healthy)]
    size = Size(clients, min(old["received"] or 0, new["received"] or 0))

    def change(measure: Measure) -> Difference | None:
        key = measure.key
        if measure.of_generator:
            return None
        return difference(
            rounds_of(new, old, key, paired=paired),
            between_runs(key, size),
            itself=own[key],
            sure=SURE_OF_MANY,
            by_difference=measure.kind == "share" or measure.trouble,
        )

    return Pair(
        transport=new.transport,
        old=old,
        new=new,
        lines=tuple(Line(m, old[m.key], new[m.key], change(m)) for m in MEASURES),
        sick=tuple(name for name, healthy in sick if healthy is False),
    )
