"""Two runs side by side: every number of every transport that both have, and what changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from loadgen.runfile.run import Run
from reports.comparison import compatibility
from reports.comparison.compatibility import Differing
from reports.comparison.difference import SURE_OF_MANY, Difference, difference, practical, rounds_of
from reports.comparison.ratios import itself
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
    """A transport that both runs have."""

    transport: str
    old: Summary
    new: Summary
    lines: tuple[Line, ...]

    def __getitem__(self, key: str) -> Line:
        return next(line for line in self.lines if line.measure.key == key)

    @property
    def sick(self) -> tuple[str, ...]:
        """The runs in which its generator was: "old", "new"."""
        sides = {"old": self.old, "new": self.new}
        return tuple(name for name, side in sides.items() if side.generator_healthy is False)

    @property
    def changed(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.changed)


@dataclass(frozen=True)
class TwoRuns:
    """only_old, only_new  transports that the other run does not have.
    paired    round n of both drew the same feed, so that rounds are compared in pairs.
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
    def judged(self) -> list[Difference]:
        """Of every number that could be compared."""
        return [line.change for pair in self.pairs for line in pair.lines if line.change]

    @property
    def unclear(self) -> int:
        """Of how many of them the rounds cannot tell whether they changed."""
        return sum(change.verdict == "cannot tell" for change in self.judged)

    @property
    def fewest_rounds(self) -> int:
        """Of all numbers that were judged; 0 where none was."""
        return min((change.rounds for change in self.judged), default=0)


def two_runs(old: Run, new: Run) -> TwoRuns:
    """Of any two runs; whether they are comparable is asked first, by compatibility.py."""
    before = {summary.transport: summary for summary in summarise(old)}
    after = {summary.transport: summary for summary in summarise(new)}
    clients = min(run.scenario.clients.count for run in (old, new))
    paired = compatibility.same_draw(old, new)

    def line(measure: Measure, theirs: Summary, ours: Summary) -> Line:
        key, change = measure.key, None
        if not measure.of_generator:
            received = min(theirs["received"] or 0, ours["received"] or 0)
            change = difference(
                rounds_of(ours, theirs, key, paired=paired),
                practical(key, between=(clients, received)),
                itself=itself(key, before.values(), after.values()),
                sure=SURE_OF_MANY,
                by_difference=measure.kind == "share" or measure.trouble,
            )
        return Line(measure, theirs[key], ours[key], change)

    sides = [(before[name], after[name]) for name in after if name in before]
    return TwoRuns(
        old=old,
        new=new,
        pairs=tuple(
            Pair(ours.transport, theirs, ours, tuple(line(each, theirs, ours) for each in MEASURES))
            for theirs, ours in sides
        ),
        after=after,
        only_old=tuple(name for name in before if name not in after),
        only_new=tuple(name for name in after if name not in before),
        paired=paired,
        differs=(*compatibility.scenarios(old, new), *compatibility.hosts(old, new)),
        circumstances=compatibility.circumstances(old, new),
        findings=(examine(old), examine(new)),
    )
