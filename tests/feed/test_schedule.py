import itertools
import json
import statistics
from pathlib import Path

import pytest

from feed.errors import InputError
from feed.event import Event
from feed.schedule import burst, constant, events, events_before, poisson
from feed.spec import FeedSpec

S = 1_000_000_000


def take(spec: FeedSpec, count: int) -> list[Event]:
    return list(itertools.islice(events(spec), count))


def test_constant_starts_half_a_gap_after_the_epoch() -> None:
    spec = FeedSpec(schedule="constant", rate_per_s=4)
    due = list(itertools.islice(constant(spec), 4))
    assert due == [125_000_000, 375_000_000, 625_000_000, 875_000_000]


def test_constant_rounds_each_due_time_by_itself_so_that_no_error_adds_up() -> None:
    due = list(itertools.islice(constant(FeedSpec(schedule="constant", rate_per_s=3)), 3_000_000))
    assert due[:3] == [166_666_667, 500_000_000, 833_333_333]
    assert due[-2] == 999_999 * S + 500_000_000


def test_burst_is_many_at_one_instant_and_then_silence() -> None:
    spec = FeedSpec(schedule="burst", burst_events=3, rate_per_s=6)
    due = list(itertools.islice(burst(spec), 7))
    assert due == [S // 4] * 3 + [3 * S // 4] * 3 + [5 * S // 4]


def gaps_s(spec: FeedSpec, count: int) -> list[float]:
    due = [0, *itertools.islice(poisson(spec), count)]
    return [(later - sooner) / S for sooner, later in itertools.pairwise(due)]


def test_poisson_has_exponential_gaps_of_the_mean_asked_for() -> None:
    gaps = gaps_s(FeedSpec(rate_per_s=5, seed=11), 40_000)
    # The standard error of both is 0.5 % of the value.
    assert statistics.fmean(gaps) == pytest.approx(0.2, rel=0.02)
    assert statistics.stdev(gaps) == pytest.approx(0.2, rel=0.03)
    # The share of gaps above the mean is 1/e where they are exponential.
    assert sum(gap > 0.2 for gap in gaps) / len(gaps) == pytest.approx(0.3679, abs=0.01)


def test_poisson_gaps_do_not_depend_on_the_gap_before() -> None:
    gaps = gaps_s(FeedSpec(rate_per_s=5, seed=12), 40_000)
    assert abs(statistics.correlation(gaps[:-1], gaps[1:])) < 0.02


@pytest.mark.parametrize("schedule", ["constant", "poisson", "burst"])
def test_due_times_ascend_and_seqs_have_no_gap(schedule: str) -> None:
    spec = FeedSpec(schedule=schedule, rate_per_s=1_000_000)  # type: ignore[arg-type]
    feed = take(spec, 2_000)
    assert [event.seq for event in feed] == list(range(1, 2_001))
    assert all(sooner.due <= later.due for sooner, later in itertools.pairwise(feed))


@pytest.mark.parametrize("payload", ["fixed", "log-normal"])
def test_the_same_spec_makes_the_same_feed(payload: str) -> None:
    spec = FeedSpec(payload=payload, seed=7)  # type: ignore[arg-type]
    assert take(spec, 500) == take(spec, 500)


def test_another_seed_makes_another_feed() -> None:
    one, other = take(FeedSpec(seed=1), 50), take(FeedSpec(seed=2), 50)
    assert [event.due for event in one] != [event.due for event in other]
    assert [event.data for event in one] != [event.data for event in other]


def test_the_slowest_feed_has_finite_due_times() -> None:
    for schedule in (constant, poisson, burst):
        assert next(schedule(FeedSpec(rate_per_s=0.000_001, burst_events=100_000))) > 0


@pytest.fixture
def trace(tmp_path: Path) -> str:
    path = tmp_path / "chat.jsonl"
    lines = [{"t": 0.0, "data": "a"}, {"t": 1.5, "data": "ß"}, {"t": 1.5, "data": "c"}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def test_a_trace_is_replayed_and_ends(trace: str) -> None:
    feed = list(events(FeedSpec(schedule="trace", trace=trace)))
    assert feed == [Event(1, 0, "a"), Event(2, 3 * S // 2, "ß"), Event(3, 3 * S // 2, "c")]


def test_a_trace_is_replayed_faster(trace: str) -> None:
    feed = events(FeedSpec(schedule="trace", trace=trace, speed=1000))
    assert [event.due for event in feed] == [0, 1_500_000, 1_500_000]


def test_a_missing_trace_is_told_before_the_first_event() -> None:
    with pytest.raises(InputError, match=r"nowhere\.jsonl"):
        events(FeedSpec(schedule="trace", trace="nowhere.jsonl"))


def test_events_before_ends_where_it_says() -> None:
    spec = FeedSpec(schedule="constant", rate_per_s=4)
    assert [event.due for event in events_before(spec, 375_000_000)] == [125_000_000]
    assert len(events_before(spec, 375_000_001)) == 2
    assert events_before(spec, 0) == []
