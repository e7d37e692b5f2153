import itertools
import statistics

import pytest

from feed.payload import MAX_PAYLOAD_BYTES, texts
from feed.spec import FeedSpec


def take(spec: FeedSpec, count: int) -> list[str]:
    return list(itertools.islice(texts(spec), count))


@pytest.mark.parametrize("size_bytes", [1, 2, 120, 5_000, 1_000_000])
def test_a_fixed_payload_has_exactly_that_many_bytes(size_bytes: int) -> None:
    for text in take(FeedSpec(payload_bytes=size_bytes), 5):
        assert len(text.encode()) == size_bytes


def test_texts_need_no_escape_in_json() -> None:
    for text in take(FeedSpec(payload_bytes=5_000), 20):
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyz ")


def test_texts_differ_from_one_another() -> None:
    assert len(set(take(FeedSpec(), 100))) > 90


def test_log_normal_lengths_have_the_mean_asked_for() -> None:
    lengths = [
        len(text) for text in take(FeedSpec(payload="log-normal", payload_bytes=200), 40_000)
    ]
    assert statistics.fmean(lengths) == pytest.approx(200, rel=0.03)
    # The median of a log-normal lies below its mean: exp(-sigma² / 2) of it.
    assert statistics.median(lengths) == pytest.approx(200 * 0.637, rel=0.03)


def test_log_normal_lengths_keep_their_bounds() -> None:
    small = take(FeedSpec(payload="log-normal", payload_bytes=1), 1_000)
    assert min(map(len, small)) == 1
    large = take(FeedSpec(payload="log-normal", payload_bytes=1_000_000), 30)
    assert max(map(len, large)) == MAX_PAYLOAD_BYTES


def test_the_seed_decides_about_lengths_and_texts() -> None:
    one = take(FeedSpec(payload="log-normal", seed=1), 20)
    other = take(FeedSpec(payload="log-normal", seed=2), 20)
    assert one == take(FeedSpec(payload="log-normal", seed=1), 20)
    assert list(map(len, one)) != list(map(len, other))
