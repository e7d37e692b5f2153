"""Pairs of synthetic runs for the tests of the comparison."""

from collections.abc import Callable, Mapping

import msgspec

from loadgen.runfile.figures import Figures
from loadgen.runfile.run import Run
from tests.reports import runs

Slower = Callable[[Figures], Figures]


def delayed(measured: Figures, by_ns: int) -> Figures:
    """The same trial, had every event been older by so much on arrival."""
    latency = measured.latency
    assert latency
    keys = ("mean_ns", "min_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns")
    later = {key: getattr(latency, key) + by_ns for key in keys}
    return msgspec.structs.replace(measured, latency=msgspec.structs.replace(latency, **later))


def sick(measured: Figures) -> Figures:
    """The same trial, had its worker had no time left."""
    return msgspec.structs.replace(measured, workers=(runs.worker(58_000 * runs.MS, 70 * runs.MS),))


def altered(run: Run, changes: Mapping[str, Slower]) -> Run:
    """The run with the figures of some transports changed."""
    trials = tuple(
        msgspec.structs.replace(trial, figures=changes[trial.transport](trial.figures))
        if trial.figures and trial.transport in changes
        else trial
        for trial in run.trials
    )
    return msgspec.structs.replace(run, trials=trials)


def another_time(rounds: int = 3, first: int = 11, seed: int = 7) -> Run:
    """The plausible run once more: other samples, a little other CPU time, the same feed."""
    trials = (
        runs.trial(name, number, make(number + first))
        for number in range(1, rounds + 1)
        for name, make in runs.MAKERS.items()
    )
    return msgspec.structs.replace(runs.run(trials, runs.scenario(rounds=rounds)), seed=seed)
