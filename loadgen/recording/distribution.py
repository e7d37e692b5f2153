"""From samples to a Distribution: exact quantiles, and a histogram to draw and to exchange."""

import numpy as np
import numpy.typing as npt
from hdrh.histogram import HdrHistogram

from loadgen.runfile.figures import Distribution

Samples = npt.NDArray[np.int64]  # one dimension, ns

LOWEST_NS = 1
HIGHEST_NS = 3_600_000_000_000
SIGNIFICANT_DIGITS = 3
# 2048 steps to each power of two keep three digits: values of more than 11 bits are cut to 11.
_BITS = 11


def distribution(samples_ns: Samples) -> Distribution | None:
    """The distribution of durations in ns; None where there are none.

    A quantile q is the smallest sample that at least the share q of all samples does not exceed.
    The histogram holds what lies outside 0 ns to 1 hour at that end of its range; all other
    figures are of the samples as they are.
    """
    if samples_ns.size == 0:
        return None
    shares = [0.5, 0.9, 0.99, 0.999]
    p50, p90, p99, p999 = np.quantile(samples_ns, shares, method="inverted_cdf").tolist()
    return Distribution(
        count=int(samples_ns.size),
        mean_ns=float(samples_ns.mean()),
        min_ns=int(samples_ns.min()),
        p50_ns=p50,
        p90_ns=p90,
        p99_ns=p99,
        p999_ns=p999,
        max_ns=int(samples_ns.max()),
        histogram=_histogram(samples_ns),
    )


def _histogram(samples_ns: Samples) -> str:
    """HdrHistogram, V2 encoding, compressed, base64.

    Each sample is cut to its leading bits, the histogram's own steps, first: a few thousand records
    instead of one a sample.
    """
    histogram = HdrHistogram(LOWEST_NS, HIGHEST_NS, SIGNIFICANT_DIGITS)
    inside_ns = samples_ns.clip(0, HIGHEST_NS)
    bits = np.frexp(inside_ns.astype(np.float64))[1].astype(np.int64)
    shift = np.maximum(bits - _BITS, 0)
    steps, counts = np.unique((inside_ns >> shift) << shift, return_counts=True)
    for step_ns, count in zip(steps.tolist(), counts.tolist(), strict=True):
        if not histogram.record_value(step_ns, count):
            raise ValueError(f"the histogram does not take {step_ns} ns")
    encoded: bytes = histogram.encode()
    return encoded.decode()
