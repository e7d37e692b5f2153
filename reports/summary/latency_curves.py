"""The latency curves: which share of the events had arrived how long after their due time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from hdrh.histogram import HdrHistogram

from loadgen.runfile.figures import Distribution
from loadgen.runfile.run import Run

POINTS = 201


@dataclass(frozen=True)
class Curve:
    """One transport's deliveries of all rounds together.

    latency_ns  ascending, at least 1 (the axis is logarithmic).
    share       of the deliveries that took no longer, 0 to 1; as long as latency_ns.
    """

    transport: str
    latency_ns: tuple[float, ...]
    share: tuple[float, ...]

    def at(self, share: float) -> float:
        """The latency within which this share of the deliveries arrived, in ns."""
        return self.latency_ns[round(share * (len(self.latency_ns) - 1))]


def curves(run: Run, transports: Iterable[str]) -> tuple[Curve, ...]:
    """A curve for each transport that has a histogram; counts of the rounds are added up."""
    drawn = (_curve(transport, run) for transport in transports)
    return tuple(curve for curve in drawn if curve is not None)


def _curve(transport: str, run: Run) -> Curve | None:
    counted = list(_counted(transport, run))
    if not counted:
        return None
    values, counts = np.array(sorted(counted), dtype=np.float64).T
    reached = np.cumsum(counts) / counts.sum()
    shares = np.linspace(0.0, 1.0, POINTS)
    places = np.searchsorted(reached, shares - 1e-12)
    latency_ns = np.maximum(values[places], 1.0)
    return Curve(transport, tuple(latency_ns.tolist()), tuple(shares.tolist()))


def counted(latency: Distribution) -> Iterator[tuple[int, int]]:
    """(latency in ns, how often) out of a histogram, which must be there."""
    # Its own iterator steps through every empty bucket, 200 times slower.
    histogram = HdrHistogram.decode(latency.histogram)
    counts = np.array(histogram.counts)
    for index in np.flatnonzero(counts):
        yield histogram.get_value_from_index(int(index)), int(counts[index])


def _counted(transport: str, run: Run) -> Iterator[tuple[int, int]]:
    """Over every round of the transport."""
    for trial in run.trials:
        latency = trial.figures.latency if trial.figures else None
        if trial.transport == transport and latency and latency.count and latency.histogram:
            yield from counted(latency)
