"""Trials that say what happened step by step: the same series for each transport, scaled."""

from collections.abc import Sequence

import msgspec

from loadgen.runfile.figures import Figures, Series
from loadgen.runfile.run import Run
from tests.reports import runs

S = 1_000_000_000


def series(received: Sequence[int], longest_ns: Sequence[int | None], step_ns: int = S) -> Series:
    """Each event of 157 bytes; requests as many as events."""
    counts = tuple(received)
    return Series(
        step_ns=step_ns,
        expected=counts,
        delivered=counts,
        received=counts,
        message_bytes=tuple(runs.MESSAGE * count for count in counts),
        useful=counts,
        empty=(0,) * len(counts),
        latency_p50_ns=tuple(longest_ns),
        latency_p99_ns=tuple(longest_ns),
        latency_max_ns=tuple(longest_ns),
    )


def stepped(figures: Figures, found: Series, window_s: float) -> Figures:
    return msgspec.structs.replace(figures, series=found, window_ns=round(window_s * S))


def run(rounds: int = 2) -> Run:
    """Four steps of a second, in the third of which nothing was due; the last is half as long."""
    trials = [
        runs.trial(
            name,
            number,
            stepped(make(number), series((100, 300, 0, 50), (ms, 2 * ms, None, ms)), 3.5),
        )
        for number in range(1, rounds + 1)
        for name, make, ms in zip(
            runs.MAKERS, runs.MAKERS.values(), (900_000_000, 700_000, 400_000), strict=True
        )
    ]
    return runs.run(trials, runs.scenario(rounds=rounds))
