"""Which of a run's numbers to doubt: what the checks found, trial by trial. Pure.

A finding that sickens voids its trial, as the generator measured itself; the others are told to
the reader, who decides.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from feed.transport import parsed
from loadgen.runfile.run import Run, Trial
from reports.formatting import units
from reports.formatting.wording import wording
from reports.summary.health_checks import CHECKS, FAILED, MIXED_HOSTS, Beyond, Check

MAX_BEGINNINGS_S = 600.0  # far above the time from a trial's start to its window


@dataclass(frozen=True)
class Finding:
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
    return (*each, *_strangers(run.trials))


def _trial(trial: Trial, run: Run) -> Iterator[Finding]:
    if trial.figures is None:
        yield finding(FAILED, trial.transport, trial.round, (trial.failure, ""))
        return
    interval_ns = _interval_ns(trial, run)
    for check in CHECKS:
        beyond = check.examine(trial.figures, interval_ns)
        if beyond is not None:
            found = finding(check, trial.transport, trial.round, beyond)
            name = check.name.replace("events", wording(run.scenario.workload).several)
            yield replace(found, check=name)


def _interval_ns(trial: Trial, run: Run) -> float:
    """Between two planned sendings of a client, in the mean; 0 where none is planned."""
    if run.scenario.workload == "echo":
        return 1e9 / run.scenario.echo.rate_per_s
    return run.scenario.poll.interval_s * 1e9 if parsed(trial.transport).polls_on_grid else 0.0


def _strangers(trials: Iterable[Trial]) -> Iterator[Finding]:
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
            seen, limit = units.duration(apart_s * 1e9), units.duration(MAX_BEGINNINGS_S * 1e9)
            yield finding(MIXED_HOSTS, trial.transport, trial.round, (seen, limit))


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
