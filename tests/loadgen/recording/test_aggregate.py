import pickle
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed.event import Event
from loadgen.recording.aggregate import aggregate
from loadgen.recording.inferred_feed import PlannedFeed
from loadgen.recording.recorder import Recorder
from loadgen.recording.tally import Tally, merge
from loadgen.runfile.figures import Deliveries, Requests

# Five events; those due at 100, 150 and 199 lie in the window [100, 200), seq 2 to 4.
EVENTS = [
    Event(1, 99, "a"),
    Event(2, 100, "bb"),
    Event(3, 150, "ccc"),
    Event(4, 199, "dé"),
    Event(5, 200, "eeeee"),
]
EPOCH_NS = 1_000_000


def recorder_of(*arrivals: tuple[int, int]) -> Recorder:
    """(seq, ns after the epoch at which it arrived); each message has 50 bytes."""
    recorder = Recorder()
    for seq, at_ns in arrivals:
        recorder.event(EVENTS[seq - 1], 50, EPOCH_NS + at_ns)
    return recorder


def aggregated(*recorders: Recorder) -> Tally:
    return aggregate(recorders, EVENTS, EPOCH_NS, 100, 200)


def deliveries(**counts: int) -> Deliveries:
    """Those of one client to whom all three events came in time, but for `counts`."""
    usual = {
        "expected": 3,
        "delivered": 3,
        "lost": 0,
        "duplicates": 0,
        "out_of_order": 0,
        "late": 0,
        "gaps": 0,
        "received": 3,
    }
    return Deliveries(**(usual | counts))


def as_plain(tally: Tally) -> dict[str, Any]:
    return {field.name: np.asarray(getattr(tally, field.name)).tolist() for field in fields(Tally)}


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        pytest.param([(2, 110), (3, 160), (4, 199)], deliveries(), id="all in time"),
        pytest.param(
            [(1, 99), (2, 110), (3, 160), (4, 199), (5, 201)],
            deliveries(),
            id="events before and after the window count for nothing",
        ),
        pytest.param(
            [(2, 110), (4, 199)], deliveries(delivered=2, lost=1, received=2), id="one is lost"
        ),
        pytest.param(
            [(2, 110), (2, 111), (3, 160), (2, 170), (4, 199)],
            deliveries(duplicates=2, out_of_order=1, received=5),
            id="one comes three times, the last time behind another",
        ),
        pytest.param(
            [(3, 160), (2, 170), (4, 199)],
            deliveries(out_of_order=1),
            id="one comes behind the next",
        ),
        pytest.param(
            [(5, 198), (2, 198), (3, 198), (4, 199)],
            deliveries(out_of_order=3, received=4),
            id="all come behind one that does not count",
        ),
        pytest.param(
            [(2, 110), (3, 160), (4, 200)],
            deliveries(late=1, received=2),
            id="the window's end is not within it",
        ),
        pytest.param(
            [(1, 100), (2, 110), (3, 160), (4, 199)],
            deliveries(received=4),
            id="the window's start is within it",
        ),
        pytest.param([], deliveries(delivered=0, lost=3, received=0), id="nothing came"),
    ],
)
def test_counts_deliveries(arrivals: list[tuple[int, int]], expected: Deliveries) -> None:
    tally = aggregated(recorder_of(*arrivals))
    assert tally.deliveries() == expected
    assert tally.foreign == 0


def test_latency_counts_from_the_due_time_of_the_first_arrival() -> None:
    tally = aggregated(recorder_of((1, 99), (2, 110), (2, 190), (4, 260)))
    assert tally.latency_ns.tolist() == [10, 61]


def test_bytes_are_those_of_what_arrived() -> None:
    """In the window: 1, 2, 2 and 4, which have texts of 1, 2, 2 and 3 bytes."""
    tally = aggregated(recorder_of((1, 100), (2, 110), (2, 111), (4, 199), (5, 200)))
    assert (tally.window_payload_bytes, tally.window_message_bytes) == (8, 200)
    assert (tally.whole_payload_bytes, tally.whole_message_bytes) == (13, 250)


@pytest.mark.parametrize("stranger", [Event(0, 0, ""), Event(6, 300, ""), Event(3, 151, "ccc")])
def test_an_event_that_is_not_in_the_plan_is_foreign(stranger: Event) -> None:
    recorder = recorder_of((2, 110))
    recorder.event(stranger, 50, EPOCH_NS + 160)
    tally = aggregated(recorder)
    assert (tally.foreign, tally.received, tally.delivered) == (1, 2, 1)
    assert tally.window_payload_bytes == 2


def test_counts_requests_by_the_instant_they_were_planned_for() -> None:
    recorder = Recorder()
    for planned_ns, events in ((99, 7), (100, 0), (150, 0), (180, 3), (199, 1), (200, 7)):
        at_ns = EPOCH_NS + planned_ns
        recorder.request(at_ns, at_ns + 5, at_ns + 25, events)
    for planned_ns in (99, 110, 200):
        recorder.failed_request(EPOCH_NS + planned_ns, EPOCH_NS + planned_ns + 9)
        recorder.missed(EPOCH_NS + planned_ns)
    tally = aggregated(recorder)
    requests = tally.requests()
    assert (requests.useful, requests.empty) == (2, 2)
    assert (requests.failed, requests.missed_slots) == (1, 1)
    assert tally.delay_ns.tolist() == [5, 5, 5, 5, 9]


def test_a_push_transport_makes_no_requests() -> None:
    assert aggregated(recorder_of((2, 110))).requests() == Requests(
        useful=0, empty=0, failed=0, missed_slots=0, delay=None
    )


def test_gaps_add_up() -> None:
    recorders = [Recorder(), Recorder()]
    for recorder in recorders:
        recorder.gap()
    assert aggregated(*recorders).gaps == 2


def test_no_recorder_counts_nothing() -> None:
    assert aggregated().expected == 0
    assert as_plain(merge([])) == as_plain(aggregated())


def test_a_tally_travels_between_processes() -> None:
    tally = aggregated(recorder_of((2, 110), (4, 260)))
    assert as_plain(pickle.loads(pickle.dumps(tally))) == as_plain(tally)


ARRIVALS = st.lists(st.tuples(st.integers(1, 5), st.integers(90, 260)), max_size=12)


@given(ARRIVALS)
def test_agrees_with_a_model_that_counts_one_by_one(arrivals: list[tuple[int, int]]) -> None:
    counts = dict.fromkeys(("delivered", "duplicates", "out_of_order", "late", "received"), 0)
    seen: list[int] = []
    for seq, at_ns in arrivals:
        counts["received"] += 100 <= at_ns < 200
        if 2 <= seq <= 4:
            counts["out_of_order"] += any(seq < earlier for earlier in seen)
            counts["duplicates"] += seq in seen
            counts["delivered"] += seq not in seen
            counts["late"] += seq not in seen and at_ns >= 200
        seen.append(seq)
    expected = deliveries(lost=3 - counts["delivered"], **counts)
    assert aggregated(recorder_of(*arrivals)).deliveries() == expected


@given(st.lists(ARRIVALS, max_size=5), st.integers(0, 5))
def test_merged_parts_are_the_aggregate_of_all(
    arrivals: list[list[tuple[int, int]]], cut: int
) -> None:
    recorders = [recorder_of(*each) for each in arrivals]
    parts = merge([aggregated(*recorders[:cut]), aggregated(*recorders[cut:])])
    assert as_plain(parts) == as_plain(aggregated(*recorders))


def test_each_step_of_the_window_adds_up_to_the_window() -> None:
    second = 1_000_000_000
    events = [Event(seq, seq * second // 2, "x") for seq in range(1, 9)]  # 0.5 s … 4 s
    recorder = Recorder()
    for event in events[:5]:
        recorder.event(event, 40, EPOCH_NS + event.due + second)
    recorder.request(EPOCH_NS + second, EPOCH_NS + second, EPOCH_NS + 2 * second, 1)
    recorder.request(EPOCH_NS + 2 * second, EPOCH_NS + 2 * second, EPOCH_NS + 4 * second, 0)
    tally = aggregate([recorder, recorder], events, EPOCH_NS, second, 4 * second)
    told = {name: values.tolist() for name, values in tally.steps.items()}
    assert told == {
        "expected": [4, 4, 4],
        "delivered": [4, 4, 0],
        "received": [2, 4, 4],
        "message_bytes": [80, 160, 160],
        "useful": [2, 0, 0],
        "empty": [0, 2, 0],
    }
    assert tally.due_ns.tolist() == [0, second // 2, second, 3 * second // 2] * 2
    assert sum(told["delivered"]) == tally.delivered
    assert sum(told["received"]) == tally.received


# Four texts of one client, those due at 100 and 150 in the window; answers of 13 bytes.
DUE_NS = np.array([99, 100, 150, 200])


def echoed(recorder: Recorder) -> Tally:
    readings_ns = (EPOCH_NS + 100, EPOCH_NS + 200)
    answers = PlannedFeed.of_equal(DUE_NS, 13)
    return aggregate([recorder], answers, EPOCH_NS, 100, 200, readings_ns=readings_ns)


def text(recorder: Recorder, number: int, *, begun: int, sent: int) -> None:
    planned_ns = EPOCH_NS + int(DUE_NS[number - 1])
    recorder.text(planned_ns, EPOCH_NS + begun, EPOCH_NS + sent, 10)


def test_a_round_trip_counts_from_the_planned_instant() -> None:
    recorder = Recorder()
    text(recorder, 1, begun=99, sent=99)
    text(recorder, 2, begun=103, sent=110)
    text(recorder, 3, begun=151, sent=151)
    text(recorder, 4, begun=200, sent=200)
    for number, received in ((1, 105), (2, 160), (3, 155), (4, 230)):
        recorder.answer(number, int(DUE_NS[number - 1]), 13, EPOCH_NS + received)
    tally = echoed(recorder)
    assert tally.latency_ns.tolist() == [60, 5]
    assert tally.delay_ns.tolist() == [3, 1]
    assert (tally.expected, tally.delivered, tally.late, tally.out_of_order) == (2, 2, 0, 0)
    assert (tally.received, tally.window_payload_bytes, tally.whole_payload_bytes) == (3, 39, 52)
    assert (tally.window_up_bytes, tally.whole_up_bytes) == (20, 40)
    assert (tally.useful, tally.empty, tally.failed) == (0, 0, 0)


def test_a_text_without_an_answer_is_lost_and_one_behind_the_window_is_late() -> None:
    recorder = Recorder()
    text(recorder, 2, begun=100, sent=100)
    text(recorder, 3, begun=150, sent=150)
    recorder.answer(3, 150, 13, EPOCH_NS + 250)
    recorder.failed_request(EPOCH_NS + 100, EPOCH_NS + 100)
    tally = echoed(recorder)
    counts = tally.deliveries()
    assert (counts.expected, counts.delivered, counts.lost, counts.late) == (2, 1, 1, 1)
    assert tally.requests().failed == 1
    assert tally.delay_ns.tolist() == [0, 0]


def test_an_answer_that_is_not_in_the_plan_voids_the_trial() -> None:
    recorder = Recorder()
    recorder.answer(5, 300, 13, EPOCH_NS + 310)
    recorder.answer(2, 101, 13, EPOCH_NS + 310)
    assert echoed(recorder).foreign == 2


def test_a_client_that_said_nothing_adds_nothing() -> None:
    tally = aggregate([Recorder()], [], EPOCH_NS, 100, 200, readings_ns=(0, 1))
    assert (tally.expected, tally.received, tally.window_up_bytes) == (0, 0, 0)
