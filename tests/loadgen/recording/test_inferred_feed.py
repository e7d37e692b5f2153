"""A feed as its receivers saw it, against one that is known."""

from feed.event import Event, encode
from feed.schedule import events_before
from feed.spec import FeedSpec
from loadgen.recording.aggregate import aggregate
from loadgen.recording.inferred_feed import PlannedFeed, infer_feed
from loadgen.recording.recorder import Recorder

S = 1_000_000_000
FEED = events_before(FeedSpec(schedule="constant", rate_per_s=10, payload_bytes=33), 3 * S)


def saw(*events: Event) -> Recorder:
    recorder = Recorder()
    for event in events:
        recorder.event(event, len(encode(event)), event.due + 1_000)
    return recorder


def test_what_all_got_is_the_feed_itself() -> None:
    seen, known = infer_feed([saw(*FEED), saw(*FEED[5:])]), PlannedFeed.of(FEED)
    assert seen.due.tolist() == known.due.tolist()
    assert seen.payload_bytes.tolist() == known.payload_bytes.tolist()


def test_an_event_that_nobody_got_is_expected_by_its_number() -> None:
    seen = infer_feed([saw(*FEED[:12], *FEED[14:])])
    tally = aggregate([saw(*FEED[:12], *FEED[14:])], seen, 0, S, 2 * S)
    assert (tally.expected, tally.delivered, tally.foreign) == (10, 8, 0)


def test_what_came_before_the_first_arrival_is_not_expected() -> None:
    seen = infer_feed([saw(*FEED[15:])])
    assert aggregate([saw(*FEED[15:])], seen, 0, S, 2 * S).expected == 5


def test_two_due_times_under_one_number_are_foreign() -> None:
    other = Event(7, 1, "x" * 33)
    recorders = [saw(*FEED), saw(other)]
    assert aggregate(recorders, infer_feed(recorders), 0, 0, 3 * S).foreign == 1


def test_nothing_seen_is_nothing_expected() -> None:
    assert aggregate([Recorder()], infer_feed([Recorder()]), 0, 0, S).expected == 0
