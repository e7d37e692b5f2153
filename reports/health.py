"""Which of a run's numbers to doubt: what the checks found, trial by trial. Pure.

A finding that sickens voids its trial, as the generator measured itself; the others are told to
the reader, who decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from loadgen.run import Run, Trial
from reports.checks import CHECKS, FAILED, Beyond, Check
from reports.transports import is_short_poll


@dataclass(frozen=True)
class Finding:
    """What a check found in one trial: `seen` was beyond `limit`, both as text with a unit.

    limit    "" for a failed trial, whose `seen` is the reason.
    sickens  the load generator could not keep up: the trial's numbers are no facts.
    """

    check: str
    transport: str
    round: int
    seen: str
    limit: str
    cause: str
    remedy: str
    sickens: bool


def examine(run: Run) -> tuple[Finding, ...]:
    """Every finding, in the order of the trials and, within one, of the list of checks."""
    return tuple(found for trial in run.trials for found in _trial(trial, run))


def _trial(trial: Trial, run: Run) -> Iterator[Finding]:
    if trial.figures is None:
        yield _finding(FAILED, trial, (trial.failure, ""))
        return
    interval_ns = run.scenario.poll.interval_s * 1e9 if is_short_poll(trial.transport) else 0.0
    for check in CHECKS:
        beyond = check.examine(trial.figures, interval_ns)
        if beyond is not None:
            yield _finding(check, trial, beyond)


def _finding(check: Check, trial: Trial, beyond: Beyond) -> Finding:
    return Finding(
        check=check.name,
        transport=trial.transport,
        round=trial.round,
        seen=beyond[0],
        limit=beyond[1],
        cause=check.cause,
        remedy=check.remedy,
        sickens=check.sickens,
    )
