"""What a request, a delivery and a connection cost a server, fitted to the trials of runs. Pure.

CPU time is taken to be a constant part and so much for each request and each delivery, none of them
below 0, with the least relative error over all trials (non-negative least squares: C. Lawson, R.
Hanson, "Solving Least Squares Problems", 1974). Trials of one mix of requests and deliveries cannot
tell which of the two costs what: every split that fits about as well counts, and an estimate spans
them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from loadgen.figures import Figures
from loadgen.run import Run
from reports import amounts
from reports.amounts import NS_PER_S

Floats = npt.NDArray[np.float64]

DRAWS = 200  # of the trials, with replacement, among those with as many clients
# A split fits about as well as the best one within this relative error, in the mean square.
NO_WORSE = 0.02
CONFIDENCE = (2.5, 97.5)  # percentiles of the draws


@dataclass(frozen=True)
class Estimate:
    """low and high: an interval at 95 %, over the trials and over what they cannot tell apart."""

    low: float
    mid: float
    high: float

    def times(self, factor: float) -> "Estimate":
        return Estimate(self.low * factor, self.mid * factor, self.high * factor)


@dataclass(frozen=True)
class Sample:
    """One trial, each second of its window. cpu: of one core. rss_bytes: grown by its clients."""

    clients: int
    requests_per_s: float
    deliveries_per_s: float
    cpu: float
    rss_bytes: float


@dataclass(frozen=True, eq=False)
class Costs:
    """Of one transport.

    cpu   models × 3: a constant, per request and per delivery, in seconds; the first is the best.
    rss   models × 2: a constant, and per client, in bytes; the first is the best.
    """

    transport: str
    samples: tuple[Sample, ...]
    cpu: Floats
    rss: Floats

    @property
    def clients(self) -> tuple[int, ...]:
        """The numbers of clients that were measured, ascending."""
        return tuple(sorted({sample.clients for sample in self.samples}))

    def cores(self, requests_per_s: float, deliveries_per_s: float) -> Estimate:
        """CPU seconds a second, of one server process with this load."""
        return _estimate(self.cpu @ np.array([1.0, requests_per_s, deliveries_per_s]))

    def memory(self, clients: float) -> Estimate:
        """Bytes that this many connections add to one server process."""
        return _estimate(self.rss @ np.array([1.0, clients]))


def costs(runs: Sequence[Run], transport: str) -> Costs | None:
    """None where no trial of these runs can tell."""
    found = samples(runs, transport)
    if not found:
        return None
    several = len({sample.clients for sample in found}) > 1
    loads = np.array([[1.0, s.requests_per_s, s.deliveries_per_s] for s in found])
    splits = [[0, 1, 2], [0, 1], [0, 2]] if loads[:, 1].any() else [[0, 2]]
    if not several:  # nothing tells what does not grow
        splits = [[column for column in split if column] for split in splits]
    counts = np.array([[1.0, s.clients] for s in found])
    groups = np.array([s.clients for s in found], dtype=np.int64)
    return Costs(
        transport=transport,
        samples=found,
        cpu=_models(loads, np.array([s.cpu for s in found]), splits, groups),
        rss=_models(
            counts,
            np.array([s.rss_bytes for s in found]),
            [[0, 1] if several else [1]],
            groups,
        ),
    )


def samples(runs: Sequence[Run], transport: str) -> tuple[Sample, ...]:
    """Of each trial of this transport that used CPU time and memory which somebody measured."""
    found = (
        _sample(trial.figures)
        for run in runs
        for trial in run.trials
        if trial.transport == transport and trial.figures
    )
    return tuple(sample for sample in found if sample is not None)


def _sample(figures: Figures) -> Sample | None:
    cpu, requests = amounts.server_cpu_share(figures), amounts.requests_per_s(figures)
    grown = amounts.server_rss_per_client(figures)
    received = amounts.per(figures.deliveries.received * NS_PER_S, figures.window_ns)
    if not cpu or requests is None or received is None or grown is None:
        return None
    return Sample(figures.clients, requests, received, cpu, max(1.0, grown * figures.clients))


def _models(
    loads: Floats,
    spent: Floats,
    splits: Sequence[Sequence[int]],
    groups: npt.NDArray[np.int64],
) -> Floats:
    """A row of coefficients for each split that fits, and for each draw of the trials with it.

    groups: of trials of one size, within which they are drawn.
    """
    fits = [_fit(loads, spent, split) for split in splits]
    best = min(error for _, error in fits)
    random = np.random.default_rng(0)
    kept = [
        (split, model)
        for split, (model, error) in zip(splits, fits, strict=True)
        if error <= best + NO_WORSE
    ]
    kept.sort(key=lambda entry: fits[splits.index(entry[0])][1])
    drawn = [
        _fit(loads[rows], spent[rows], split)[0]
        for split, _ in kept
        for rows in (_draw(random, groups) for _ in range(DRAWS))
    ]
    return np.array([model for _, model in kept] + drawn)


def _draw(random: np.random.Generator, groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """As many trials of each group as it has, with replacement."""
    rows = (np.flatnonzero(groups == group) for group in np.unique(groups))
    return np.concatenate([random.choice(row, row.size) for row in rows])


def _fit(loads: Floats, spent: Floats, columns: Sequence[int]) -> tuple[Floats, float]:
    """Coefficients, 0 for the columns left out; and the relative error, in the mean square."""
    from scipy.optimize import nnls  # here, as it takes most of a second to load

    relative = loads[:, columns] / spent[:, None]
    found, error = nnls(relative, np.ones(spent.size))
    model = np.zeros(loads.shape[1])
    model[list(columns)] = found
    return model, float(error) / np.sqrt(spent.size)


def _estimate(values: Floats) -> Estimate:
    low, high = np.percentile(values, CONFIDENCE)
    mid = float(values[0])
    return Estimate(min(float(low), mid), mid, max(float(high), mid))
