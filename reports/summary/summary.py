"""From a Run to one Summary for each transport: medians and spreads over its rounds."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loadgen.runfile.run import Run
from reports.summary.formulas import Number
from reports.summary.health_checks import Finding, examine
from reports.summary.measure_text import Published, text
from reports.summary.measures import MEASURES, of_workload

Values = Mapping[str, Number | None]


@dataclass(frozen=True)
class Summary:
    """What a run says of one transport.

    by_round   round → key → value, of the trials that gave figures.
    failures   round → why the trial gave none.
    generator_healthy  None where no trial gave figures.
    workload  of the run.
    """

    transport: str
    by_round: Mapping[int, Values]
    failures: Mapping[int, str]
    generator_healthy: bool | None
    workload: str = "feed"

    def __getitem__(self, key: str) -> Number | None:
        """The median over the rounds, in the unit that the key names; None where there is none."""
        values = self._values(key)
        return statistics.median(values) if values else None

    def text(self, key: str) -> str:
        """The median as people read it, with its unit."""
        return text(key, self[key])

    def spread(self, key: str) -> tuple[Number, Number] | None:
        """The smallest and the largest value of a round; None where there is none."""
        values = self._values(key)
        return (min(values), max(values)) if values else None

    @property
    def rounds(self) -> int:
        """Trials that gave figures."""
        return len(self.by_round)

    @property
    def failed_rounds(self) -> int:
        """Trials that gave none."""
        return len(self.failures)

    def published(self) -> dict[str, Published]:
        """Every key and its number, in the order of publication: what JSON and CSV hold."""
        numbers: dict[str, Published] = {measure.key: self[measure.key] for measure in MEASURES}
        counts: dict[str, Published] = {"rounds": self.rounds, "failed_rounds": self.failed_rounds}
        return counts | numbers | {"generator_healthy": self.generator_healthy}

    def _values(self, key: str) -> list[Number]:
        found = (values.get(key) for values in self.by_round.values())
        return [value for value in found if value is not None]


def summarise(run: Run, found: Sequence[Finding] | None = None) -> tuple[Summary, ...]:
    """One Summary for each transport, in the scenario's order, those without a trial as well.

    found: what the health checks say of the run, where they were asked already.
    """
    tried = (trial.transport for trial in run.trials)
    transports = dict.fromkeys((*run.scenario.transports, *tried))
    found = examine(run) if found is None else found
    sick = {(f.transport, f.round) for f in found if f.sickens}
    return tuple(_summary(name, run, sick) for name in transports)


def workload(summaries: Sequence[Summary]) -> str:
    """Of the run that they are of."""
    return summaries[0].workload if summaries else "feed"


def _summary(transport: str, run: Run, sick: set[tuple[str, int]]) -> Summary:
    own = [trial for trial in run.trials if trial.transport == transport]
    measures = of_workload(run.scenario.workload).values()
    by_round = {
        trial.round: {measure.key: measure.of(trial.figures) for measure in measures}
        for trial in own
        if trial.figures is not None
    }
    return Summary(
        transport=transport,
        by_round=by_round,
        failures={trial.round: trial.failure for trial in own if trial.figures is None},
        generator_healthy=all((transport, number) not in sick for number in by_round)
        if by_round
        else None,
        workload=run.scenario.workload,
    )
