import pytest

from feed.event import Event, encode, encode_batch
from loadgen.recording.recorder import NO_EVENT, Recorder


def test_keeps_arrivals_as_they_came() -> None:
    recorder = Recorder()
    recorder.event(Event(7, 70, "a"), 30, 1_000)
    recorder.event(Event(7, 70, "a"), 31, 1_001)
    recorder.event(Event(6, 60, "b"), 32, 1_002)
    assert recorder.arrivals().tolist() == [
        [7, 70, 30, 1_000],
        [7, 70, 31, 1_001],
        [6, 60, 32, 1_002],
    ]


def test_tells_how_far_it_is() -> None:
    recorder = Recorder()
    assert (recorder.received, recorder.last_seq, recorder.last_due) == (0, 0, -1)
    recorder.event(Event(4, 40, "a"), 30, 1_000)
    recorder.event(Event(5, 50, "b"), 12, 1_000)
    assert (recorder.received, recorder.last_seq, recorder.last_due) == (2, 5, 50)


def test_an_encoded_event_is_recorded_with_its_own_length() -> None:
    recorder, message = Recorder(), encode(Event(4, 40, "größer"))
    recorder.message(message, 1_000)
    assert recorder.arrivals().tolist() == [[4, 40, len(message), 1_000]]


def test_the_bytes_of_a_batch_are_those_of_its_events_and_booked_on_the_first() -> None:
    recorder, messages = Recorder(), [encode(Event(seq, seq, "text")) for seq in (4, 5, 6)]
    assert recorder.batch(encode_batch(messages), 1_000) == 3
    assert recorder.batch(b"[]", 1_000) == 0
    assert recorder.arrivals()[:, 0].tolist() == [4, 5, 6]
    assert recorder.arrivals()[:, 2].tolist() == [sum(map(len, messages)), 0, 0]


@pytest.mark.parametrize("message", [b"", b"hello", b"{}", b'[{"seq":1}]', b"\xff"])
def test_what_is_no_event_is_not_recorded(message: bytes) -> None:
    recorder = Recorder()
    for take in (recorder.message, recorder.batch):
        with pytest.raises(NO_EVENT):
            take(message, 1_000)
    assert recorder.received == 0


def test_keeps_requests_apart_by_their_end() -> None:
    recorder = Recorder()
    recorder.request(10, 11, 15, 2)
    recorder.failed_request(20, 21)
    recorder.missed(30)
    recorder.missed(40)
    assert recorder.requests().tolist() == [[10, 11, 15, 2]]
    assert recorder.failed_requests().tolist() == [[20, 21]]
    assert recorder.missed_ns().tolist() == [30, 40]


def test_grows_after_it_was_read() -> None:
    recorder = Recorder()
    recorder.event(Event(1, 10, "a"), 30, 100)
    before = recorder.arrivals()
    recorder.event(Event(2, 20, "b"), 30, 200)
    assert before.shape == (1, 4)
    assert recorder.arrivals().shape == (2, 4)


def test_keeps_the_first_reason_for_its_end() -> None:
    recorder = Recorder()
    recorder.fail("refused")
    recorder.fail("closed")
    assert recorder.failure == "refused"


def test_counts_gaps() -> None:
    recorder = Recorder()
    recorder.gap()
    recorder.gap()
    assert recorder.gaps == 2
