"""The time series of a trial: what was due, arrived and was asked in each second of its window.

A long window has longer steps, so that a run file holds no more than MOST_STEPS of them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from feed.schedule import NS_PER_S
from loadgen.recording.recorder import Ints
from loadgen.runfile.figures import Series

MOST_STEPS = 600


@dataclass(frozen=True)
class Steps:
    """An interval [start_ns, end_ns) in even steps, the last of which may be cut short."""

    start_ns: int
    end_ns: int

    @property
    def step_ns(self) -> int:
        """Whole seconds."""
        window_s = (self.end_ns - self.start_ns) / NS_PER_S
        return max(1, math.ceil(window_s / MOST_STEPS)) * NS_PER_S

    @property
    def count(self) -> int:
        return -(-(self.end_ns - self.start_ns) // self.step_ns)

    def contains(self, instants_ns: Ints) -> npt.NDArray[np.bool_]:
        """Which of these instants lie within the interval."""
        return (self.start_ns <= instants_ns) & (instants_ns < self.end_ns)

    def counts(self, instants_ns: Ints, weights: Ints | None = None) -> Ints:
        """How many of these instants, or how much of their weight, lie in each step."""
        inside = self.contains(instants_ns)
        places = (instants_ns[inside] - self.start_ns) // self.step_ns
        shares = None if weights is None else weights[inside]
        return np.bincount(places, shares, minlength=self.count).astype(np.int64)


def series(steps: Steps, counts: Mapping[str, Ints], due_ns: Ints, latency_ns: Ints) -> Series:
    """As the run file has it. counts: by their names there. due_ns: of each of latency_ns."""
    places = (due_ns - steps.start_ns) // steps.step_ns
    order = np.argsort(places, kind="stable")
    ends = np.searchsorted(places[order], np.arange(steps.count + 1))
    parts = [latency_ns[order[a:b]] for a, b in zip(ends, ends[1:], strict=False)]
    return Series(
        step_ns=steps.step_ns,
        latency_p50_ns=tuple(_quantile(part, 0.5) for part in parts),
        latency_p99_ns=tuple(_quantile(part, 0.99) for part in parts),
        latency_max_ns=tuple(_quantile(part, 1.0) for part in parts),
        **{name: tuple(values.tolist()) for name, values in counts.items()},
    )


def _quantile(samples_ns: Ints, share: float) -> int | None:
    """The nearest rank, as in every distribution; None where there are no samples."""
    if not samples_ns.size:
        return None
    return int(np.quantile(samples_ns, share, method="inverted_cdf"))
