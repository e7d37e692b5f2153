import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from loadgen.recording.distribution import distribution

HOUR_NS = 3_600_000_000_000


def test_no_samples_have_no_distribution() -> None:
    assert distribution(np.empty(0, dtype=np.int64)) is None


def test_one_sample_is_every_quantile() -> None:
    found = distribution(np.array([7_000_000], dtype=np.int64))
    assert found is not None
    assert (found.count, found.mean_ns, found.min_ns, found.max_ns) == (
        1,
        7e6,
        7_000_000,
        7_000_000,
    )
    assert {found.p50_ns, found.p90_ns, found.p99_ns, found.p999_ns} == {7_000_000}


def test_quantiles_are_samples() -> None:
    """Of 1 to 1000, a share q of all is not above 1000 q."""
    samples = np.random.default_rng(1).permutation(np.arange(1, 1_001))
    found = distribution(samples)
    assert found is not None
    assert (found.p50_ns, found.p90_ns, found.p99_ns, found.p999_ns) == (500, 900, 990, 999)
    assert (found.min_ns, found.max_ns, found.mean_ns) == (1, 1_000, 500.5)


def test_the_histogram_holds_every_sample_to_three_digits() -> None:
    samples = np.random.default_rng(1).lognormal(15, 2, 20_000).astype(np.int64)
    found = distribution(samples)
    assert found is not None
    histogram = HdrHistogram.decode(found.histogram)
    assert histogram.get_total_count() == 20_000
    for percentile, exact in (
        (50, found.p50_ns),
        (90, found.p90_ns),
        (99, found.p99_ns),
        (99.9, found.p999_ns),
        (100, found.max_ns),
    ):
        assert histogram.get_value_at_percentile(percentile) == pytest.approx(exact, rel=1e-3)


@settings(max_examples=25)  # two histograms of 34,000 counters in Python each
@given(st.lists(st.integers(0, HOUR_NS), min_size=1, max_size=50))
def test_the_histogram_is_that_of_single_records(values: list[int]) -> None:
    one_by_one = HdrHistogram(1, HOUR_NS, 3)
    for value in values:
        assert one_by_one.record_value(value)
    found = distribution(np.array(values, dtype=np.int64))
    assert found is not None
    decoded = HdrHistogram.decode(found.histogram)
    for percentile in range(0, 101, 5):
        expected = one_by_one.get_value_at_percentile(percentile)
        assert decoded.get_value_at_percentile(percentile) == expected


def test_what_is_out_of_range_is_held_at_its_end_and_shown_as_it_is() -> None:
    found = distribution(np.array([-5_000, 0, 2 * HOUR_NS], dtype=np.int64))
    assert found is not None
    assert (found.min_ns, found.max_ns) == (-5_000, 2 * HOUR_NS)
    histogram = HdrHistogram.decode(found.histogram)
    assert histogram.get_total_count() == 3
    assert histogram.get_value_at_percentile(100) == pytest.approx(HOUR_NS, rel=1e-3)
