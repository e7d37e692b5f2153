"""Two runs side by side: every number of every transport that both have, and what changed. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from loadgen.runfile.run import Run
from reports.comparison import compatibility, noise_floor, practical_thresholds
from reports.comparison.change import Change, Floor, Rounds, change
from reports.comparison.compatibility import Differing
from reports.comparison.practical_thresholds import Size
from reports.summary.formulas import Number
from reports.summary.health import Finding, examine
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
    change: Change | None

    @property
    def changed(self) -> bool:
        return self.change is not None and self.change.verdict != "no difference"


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
    def fewest_rounds(self) -> int:
        """Of all numbers that were judged; 0 where none was."""
        rounds = (line.change.rounds for pair in self.pairs for line in pair.judged if line.change)
        return min(rounds, default=0)


def two_runs(old: Run, new: Run) -> TwoRuns:
    """Of any two runs; whether they are comparable is for the caller to ask first (alike.py)."""
    before = {summary.transport: summary for summary in summarise(old)}
    after = {summary.transport: summary for summary in summarise(new)}
    paired = compatibility.same_draw(old, new)
    clients = min(run.scenario.clients.count for run in (old, new))
    itself = _Itself((tuple(before.values()), tuple(after.values())))
    return TwoRuns(
        old=old,
        new=new,
        pairs=tuple(
            _pair(before[name], after[name], paired, clients, itself)
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


@dataclass(frozen=True)
class _Itself:
    """How far a transport differs from itself, in whichever of the runs it is the further."""

    runs: tuple[Sequence[Summary], Sequence[Summary]]

    def ratio(self, key: str) -> float:
        known = (noise_floor.floor(summaries, key) for summaries in self.runs)
        return max((floor.high for floor in known if floor.itself), default=1.0)


def _pair(old: Summary, new: Summary, paired: bool, clients: int, itself: _Itself) -> Pair:
    sick = [("old", old.generator_healthy), ("new", new.generator_healthy)]
    return Pair(
        transport=new.transport,
        old=old,
        new=new,
        lines=tuple(_lines(old, new, paired, clients, itself)),
        sick=tuple(name for name, healthy in sick if healthy is False),
    )


def _lines(
    old: Summary, new: Summary, paired: bool, clients: int, itself: _Itself
) -> Iterator[Line]:
    size = Size(clients, min(old["received"] or 0, new["received"] or 0))
    for measure in MEASURES:
        key = measure.key
        found = None
        if key not in practical_thresholds.OF_THE_GENERATOR:
            least = practical_thresholds.practical(key)
            floor = Floor(least.share, least.amount(size), itself.ratio(key))
            differs = measure.kind == "share" or key in practical_thresholds.OF_TROUBLE
            found = change(rounds(old, new, key, paired), floor, by_difference=differs)
        yield Line(measure, old[key], new[key], found)


def rounds(old: Summary, new: Summary, key: str, paired: bool) -> Rounds:
    """The rounds that have this number: where paired those of both, else of each by itself."""
    if not paired:
        return Rounds(_values(old, key, old.by_round), _values(new, key, new.by_round), False)
    common = [
        number
        for number in sorted(old.by_round.keys() & new.by_round.keys())
        if old.by_round[number].get(key) is not None and new.by_round[number].get(key) is not None
    ]
    return Rounds(_values(old, key, common), _values(new, key, common), True)


def _values(summary: Summary, key: str, numbers: Iterable[int]) -> tuple[Number, ...]:
    found = (summary.by_round[number].get(key) for number in sorted(numbers))
    return tuple(value for value in found if value is not None)
