"""The analysis of one run: each part is worked out once, when something first asks for it."""

from dataclasses import dataclass
from functools import cached_property

from loadgen.runfile.run import Run
from reports.comparison import limits
from reports.comparison.limits import Checked
from reports.formatting.wording import Wording, wording
from reports.summary.health_checks import Finding, examine
from reports.summary.summary import Summary, summarise
from reports.theory import deviation, forecast
from reports.theory.deviation import Deviation
from reports.theory.forecast import Forecasts


@dataclass(frozen=True)
class RunAnalysis:
    """What a command knows of its run; `show --format json`, say, never predicts anything."""

    run: Run

    @property
    def words(self) -> Wording:
        """The words of the run's workload."""
        return wording(self.run.scenario.workload)

    @cached_property
    def health(self) -> tuple[Finding, ...]:
        """What the health checks found."""
        return examine(self.run)

    @cached_property
    def summaries(self) -> tuple[Summary, ...]:
        """One for each transport, in the scenario's order."""
        return summarise(self.run, self.health)

    @cached_property
    def forecasts(self) -> Forecasts:
        """What theory predicts of each trial that gave figures."""
        return forecast.forecasts(self.run)

    @cached_property
    def deviations(self) -> tuple[Deviation, ...]:
        """Each number that was both measured and predicted."""
        return deviation.deviations(self.run, self.forecasts)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the health checks found, then what theory did not expect."""
        return (*self.health, *deviation.findings(self.deviations))

    @cached_property
    def limits(self) -> tuple[Checked, ...]:
        """The limits of the run's scenario, checked against its numbers."""
        return limits.check(limits.of_scenario(self.run.scenario.limits), self.summaries)
