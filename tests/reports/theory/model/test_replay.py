"""The exact replay, against what can be worked out on paper."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.theory.model import replay
from reports.theory.model.wire_sizes import CONNECTION_BYTES
from tests.reports.model_inputs import MS, S, make


def short(due_s: list[float], **changes: object) -> replay.Outcome:
    inputs = make("short-poll", due_s, **changes)
    assert inputs.sampled
    return replay.short_poll(inputs, inputs.sampled)


def long(due_s: list[float], **changes: object) -> replay.Outcome:
    inputs = make("long-poll", due_s, **changes)
    assert inputs.sampled
    return replay.long_poll(inputs, inputs.sampled)


def push(due_s: list[float], **changes: object) -> replay.Outcome:
    inputs = make("websocket", due_s, **changes)
    assert inputs.sampled
    return replay.push(inputs, inputs.sampled)


def test_a_short_poll_waits_for_the_next_slot() -> None:
    # Phases 0.25 and 0.75; the slots in the window: 1.25, 2.25 and 1.75, 2.75.
    outcome = short([1.0, 3.0])
    assert outcome.latency_ns.tolist() == [250 * MS, 750 * MS]
    assert (outcome.requests, outcome.empty, outcome.received) == (4, 2, 2)


def test_a_short_poll_brings_what_was_due_when_it_reached_the_server() -> None:
    # d = 0.1: of the first client the slot 1.25 arrives at 1.35 and is answered at 1.45; the
    # second one's slot 0.75 arrives at 0.85, too early, so it is the one of 1.75.
    outcome = short([1.0], transit_ns=100 * MS)
    assert outcome.latency_ns.tolist() == [450 * MS, 950 * MS]


def test_a_slot_is_left_out_while_a_poll_is_out() -> None:
    # There and back take 0.8 s, so each second slot of 0.5 s is missed: phases 0.125 and 0.375.
    outcome = short([0.9], interval_ns=500 * MS, transit_ns=400 * MS, start_ns=0)
    assert outcome.requests == 6  # 0.125, 1.125, 2.125 and 0.375, 1.375, 2.375
    # The slots of 1.125 and 1.375 reach the server at 1.525 and 1.775: back 0.4 s later.
    assert outcome.latency_ns.tolist() == [1_025 * MS, 1_275 * MS]


def test_the_bytes_of_short_polls() -> None:
    # Up: four requests of 400, two of which ask after=1 and two after=0, one digit each.
    # Down: two answers of 150 + 2 digits more + a body of 102, and two empty ones of 100.
    outcome = short([1.0])
    assert outcome.up_bytes == 4 * 400
    assert outcome.down_bytes == 2 * (150 + 2 + 102) + 2 * 100
    assert outcome.message_bytes == 200


def test_a_cursor_of_two_digits_makes_a_request_longer() -> None:
    outcome = short([0.1] * 10)
    assert outcome.up_bytes == 4 * 401
    assert outcome.empty == 4


def test_a_poll_belongs_to_the_window_by_its_slot_and_its_answer_by_its_instant() -> None:
    # d = 0.3: the slots of 2.75 are answered at 3.35, after the window.
    outcome = short([2.9], transit_ns=300 * MS)
    assert outcome.requests == 4
    assert outcome.empty == 3  # 2.75 reaches the server at 3.05 and finds the event
    assert outcome.received == 0
    # The first one asks at 3.25 and has its answer at 3.85, the second one at 3.35.
    assert outcome.latency_ns.tolist() == [450 * MS, 950 * MS]


def test_a_long_poll_that_waits_is_answered_at_once() -> None:
    outcome = long([1.0, 2.0], transit_ns=100 * MS)
    assert outcome.latency_ns.tolist() == [100 * MS] * 2
    assert (outcome.requests, outcome.empty, outcome.received) == (4, 0, 4)


def test_right_after_an_answer_a_long_poll_takes_three_transits() -> None:
    # RFC 6202, section 2.2: answered at 1.0, back at the server at 1.2.
    outcome = long([1.0, 1.000_000_001, 1.15], transit_ns=100 * MS)
    assert outcome.latency_ns.tolist() == [100 * MS, 150 * MS, 300 * MS - 1]
    assert outcome.requests == 4  # two of each client: at 1.1 and at 1.3


def test_a_long_poll_belongs_to_the_window_by_its_answer() -> None:
    assert long([0.5, 0.95, 2.95], transit_ns=100 * MS).requests == 2
    # 0.95 is answered at 1.05; 2.95 at 3.05.
    assert long([0.5, 0.95, 2.95], transit_ns=100 * MS).received == 2


def test_one_long_poll_stands_for_all_clients() -> None:
    outcome = long([1.0, 1.1], transit_ns=100 * MS, clients=7)
    assert outcome.latency_ns.tolist() == [100 * MS, 200 * MS]  # 1.1 finds the poll on its way
    assert (outcome.requests, outcome.received) == (14, 14)


def test_with_serving_a_long_poll_is_out_so_much_later() -> None:
    # 1.0 is answered at 1.03 and back at the server at 1.23: 1.21 waits for it, and leaves at 1.26.
    outcome = long([1.0, 1.21], transit_ns=100 * MS, serving_ns=30 * MS)
    assert outcome.latency_ns.tolist() == [130 * MS, 150 * MS]


def test_a_long_poll_that_runs_out_is_empty() -> None:
    outcome = long([2.9], timeout_ns=S)
    assert (outcome.requests, outcome.empty) == (6, 4)  # at 1.0, 2.0 and 2.9
    assert outcome.latency_ns.tolist() == [0]


def test_a_long_poll_without_a_feed_still_ends() -> None:
    assert long([], timeout_ns=S).requests == 4


def test_the_bytes_of_long_polls() -> None:
    outcome = long([1.5])
    assert outcome.up_bytes == 2 * 400  # what was sent at the epoch was sent before the window
    assert outcome.down_bytes == 2 * (150 + 2 + 102)


def test_a_new_connection_for_each_poll_costs_a_round_trip_and_six_segments() -> None:
    kept, anew = short([1.0]), short([1.0], keep_alive=False)
    assert anew.ip_bytes == (kept.ip_bytes or 0) + 4 * CONNECTION_BYTES
    late = short([1.0], keep_alive=False, transit_ns=50 * MS)
    # The slot 1.25 reaches the server after three transits and is back after four.
    assert late.latency_ns.tolist() == [450 * MS, 950 * MS]


@pytest.mark.parametrize(("message", "frame"), [(125, 127), (126, 130), (65_535, 65_539)])
def test_a_push_is_one_frame(message: int, frame: int) -> None:
    inputs = make("websocket", [1.5], transit_ns=70 * MS)
    assert inputs.sampled
    inputs.sampled.message_bytes[:] = message
    outcome = replay.push(inputs, inputs.sampled)
    assert outcome.latency_ns.tolist() == [70 * MS]
    assert (outcome.up_bytes, outcome.down_bytes) == (0, 2 * frame)


def test_a_push_counts_what_arrives_in_the_window() -> None:
    outcome = push([0.95, 2.95], transit_ns=100 * MS)
    assert outcome.received == 2
    assert outcome.latency_ns.tolist() == [100 * MS]
    assert push([0.95], transit_ns=0).received == 0


def test_a_frame_as_packets() -> None:
    # A frame of 102 bytes with its headers of 52, and an acknowledgement; two clients.
    assert push([1.5]).ip_bytes == 2 * (102 + 52 + 52)


def test_every_push_transport_has_its_own_frame() -> None:
    # The event before the window has the number 1, so this one is 2, of one digit as well.
    sizes = {"websocket": 102, "sse": 114 + 2 + 4, "tcp": 104}
    for transport, size in sizes.items():
        inputs = make(transport, [0.5, 1.5])
        assert inputs.sampled
        outcome = replay.push(inputs, inputs.sampled)
        assert (outcome.up_bytes, outcome.down_bytes) == (0, 2 * size)
        assert outcome.ip_bytes == 2 * (size + 52 + 52)


@pytest.mark.parametrize(
    ("due_s", "comments"),
    [
        pytest.param([], 2, id="at 45 and 60 s since the epoch"),
        pytest.param([50.0], 2, id="at 45 and, after the event, 65 s"),
        pytest.param([38.0, 52.0, 66.0], 0, id="never silent for so long"),
        pytest.param([30.0, 45.0, 60.0], 0, id="an event comes just then"),
        pytest.param([29.0], 2, id="at 44 and 59 s"),
        pytest.param([29.0, 80.0], 2, id="and what is due behind the window ends no silence"),
    ],
)
def test_the_silences_of_an_event_stream_are_filled(due_s: list[float], comments: int) -> None:
    inputs = make("sse", due_s, start_ns=40 * S, end_ns=70 * S)
    assert inputs.sampled
    silent = make("tcp", due_s, start_ns=40 * S, end_ns=70 * S)
    there = replay.push(inputs, inputs.sampled)
    floor = replay.push(silent, inputs.sampled)
    blocks = sum(40 <= at < 70 for at in due_s) * (120 - 104)
    assert there.down_bytes == (floor.down_bytes or 0) + 2 * (blocks + 7 * comments)


def test_polls_at_the_windows_edges_are_counted() -> None:
    assert long([1.0, 2.0]).at_edges == 2
    assert long([1.5, 2.0]).at_edges == 0


def test_a_great_many_deliveries_are_stood_for_by_fewer_clients() -> None:
    due_s = np.linspace(0, 3, 1_000, endpoint=False).tolist()
    few, many = short(due_s, clients=1_000), short(due_s, clients=100_000)
    assert many.requests == pytest.approx(100 * few.requests, rel=0.01)
    assert many.received == pytest.approx(100 * few.received, rel=0.01)
    assert many.latency_ns.mean() == pytest.approx(few.latency_ns.mean(), rel=0.001)
    assert many.latency_ns.size < 2_000_000


DUES = st.lists(st.floats(0, 3.9), max_size=30).map(sorted)
TRANSITS = st.integers(0, 700).map(lambda ms: ms * MS)


@given(DUES, TRANSITS, st.integers(1, 9))
def test_a_short_poll_delivers_each_event_once_within_a_step(
    due_s: list[float], transit_ns: int, clients: int
) -> None:
    inputs = make("short-poll", due_s, transit_ns=transit_ns, clients=clients)
    outcome = short(due_s, transit_ns=transit_ns, clients=clients)
    due = sum(S <= round(at * S) < 3 * S for at in due_s)
    assert outcome.latency_ns.size == clients * due
    assert all(transit_ns <= ns <= inputs.step_ns + transit_ns for ns in outcome.latency_ns)
    assert outcome.empty <= outcome.requests


@given(DUES, TRANSITS)
def test_a_long_poll_delivers_each_event_once_within_three_transits(
    due_s: list[float], transit_ns: int
) -> None:
    outcome = long(due_s, transit_ns=transit_ns)
    assert outcome.latency_ns.size == sum(S <= round(at * S) < 3 * S for at in due_s)
    assert all(transit_ns <= ns <= 3 * transit_ns for ns in outcome.latency_ns)


@given(DUES, TRANSITS)
def test_no_transport_is_faster_than_a_push(due_s: list[float], transit_ns: int) -> None:
    pushed = push(due_s, transit_ns=transit_ns).latency_ns
    for polled in (short(due_s, transit_ns=transit_ns), long(due_s, transit_ns=transit_ns)):
        assert polled.latency_ns.min(initial=2**62) >= pushed.max(initial=0)
