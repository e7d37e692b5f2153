"""The health checks: which of a run's numbers to doubt, trial by trial (health_checks.toml).

A finding that sickens voids its trial, as the generator measured itself; the others are shown to
the reader, who decides.
"""

import tomllib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from feed.transport import parsed
from loadgen.runfile.figures import Figures
from loadgen.runfile.run import Run, Trial
from reports.formatting import units
from reports.formatting.wording import wording
from reports.summary import measure_text
from reports.summary.formulas import FORMULAS, clock_distance, enough_samples

MAX_BEGINNINGS_S = 600.0  # far above the time from a trial's start to its window
PERCENTILES = ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"))

Beyond = tuple[str, str]


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row: health_checks.toml says what each field is."""

    name: str
    cause: str
    remedy: str
    measure: str = ""
    most: float = 0.0
    least: float | None = None
    of_interval: float | None = None
    sickens: bool = False

    def examine(self, figures: Figures, interval_ns: float) -> Beyond | None:
        """What was seen and its limit, both as text; None where it is within."""
        if self.measure:
            value, limit = FORMULAS[self.measure](figures), self._limit(figures, interval_ns)
            text = measure_text.text
            beyond = value is not None and value > limit
            return (text(self.measure, value), text(self.measure, limit)) if beyond else None
        return _SPECIAL[self.name](self, figures)

    def _limit(self, figures: Figures, interval_ns: float) -> float:
        if self.least is not None:
            latency_ns = figures.latency.p99_ns if figures.latency else 0
            return min(max(self.least, latency_ns / 2), self.most)
        if self.of_interval is not None and interval_ns:
            return min(self.most, interval_ns * self.of_interval)
        return self.most


def _clocks(check: Check, figures: Figures) -> Beyond | None:
    apart_ns = clock_distance(figures)
    if apart_ns <= check.most:
        return None
    return units.duration(apart_ns), units.duration(check.most)


def _samples(check: Check, figures: Figures) -> Beyond | None:
    count = figures.latency.count if figures.latency else 0
    thin = [name for quantile, name in PERCENTILES if not enough_samples(count, quantile)]
    if not thin:
        return None
    return f"{units.count(count)}, which hides {', '.join(thin)}", "10 beyond each percentile"


_SPECIAL = {"mixed hosts": _clocks, "too few samples": _samples}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    checks: tuple[Check, ...]
    failed: Check
    theory: Check


_FILE = msgspec.convert(
    tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")), _File
)
CHECKS, FAILED, THEORY = _FILE.checks, _FILE.failed, _FILE.theory
_MIXED_HOSTS = next(check for check in CHECKS if check.name == "mixed hosts")


class Finding(msgspec.Struct, frozen=True):
    """What a check found in one trial: `seen` was beyond `limit`, both as text with a unit.

    limit    "" for a failed trial, whose `seen` is the reason.
    sickens  the load generator could not keep up: the trial's numbers are no facts.
    subject  what of the trial it is about, where one check looks at several things.
    """

    check: str
    transport: str
    round: int
    seen: str
    limit: str
    cause: str
    remedy: str
    sickens: bool
    subject: str = ""


def examine(run: Run) -> tuple[Finding, ...]:
    """Every finding, in the order of the trials and, within one, of the list of checks."""
    each = (found for trial in run.trials for found in _trial(trial, run))
    return (*each, *_mixed_hosts(run.trials))


def _trial(trial: Trial, run: Run) -> Iterator[Finding]:
    if trial.figures is None:
        yield finding(FAILED, trial.transport, trial.round, (trial.failure, ""))
        return
    interval_ns = 0.0  # between two planned sendings of a client, in the mean; 0: none is planned
    if run.scenario.workload == "echo":
        interval_ns = 1e9 / run.scenario.echo.rate_per_s
    elif parsed(trial.transport).polls_on_grid:
        interval_ns = run.scenario.poll.interval_s * 1e9
    for check in CHECKS:
        beyond = check.examine(trial.figures, interval_ns)
        if beyond is not None:
            name = check.name.replace("events", wording(run.scenario.workload).several)
            named = msgspec.structs.replace(check, name=name)
            yield finding(named, trial.transport, trial.round, beyond)


def _mixed_hosts(trials: Iterable[Trial]) -> Iterator[Finding]:
    """Trials whose machine was started at another time than that of the first one.

    Their clocks count from that start: two machines, or one that slept in between.
    """
    first_s: float | None = None
    for trial in trials:
        if trial.figures is None:
            continue
        clock_s = trial.figures.workers[0].window_start.at_ns / 1e9
        began_s = datetime.fromisoformat(trial.started_at).timestamp() - clock_s
        first_s = began_s if first_s is None else first_s
        if (apart_s := abs(began_s - first_s)) > MAX_BEGINNINGS_S:
            beyond = units.duration(apart_s * 1e9), units.duration(MAX_BEGINNINGS_S * 1e9)
            yield finding(_MIXED_HOSTS, trial.transport, trial.round, beyond)


def finding(
    check: Check, transport: str, number: int, beyond: Beyond, subject: str = ""
) -> Finding:
    """What the check found in the round of this number."""
    return Finding(
        check=check.name,
        transport=transport,
        round=number,
        seen=beyond[0],
        limit=beyond[1],
        cause=check.cause,
        remedy=check.remedy,
        sickens=check.sickens,
        subject=subject,
    )
