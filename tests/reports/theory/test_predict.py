"""Predictions of Socket.IO's transports, against values worked out by hand."""

import pytest

from reports.theory.predict import expect, replayed
from tests.reports.model_inputs import MS, S, drawn, make


def test_each_event_is_a_packet_and_a_frame() -> None:
    # Two clients, three events of 100 bytes in the window: 100 + 12, and 2 for the frame.
    inputs = make("socketio-websocket", (0.5, 1.5, 2.0, 2.5), transit_ns=10 * MS)
    found = replayed(inputs).values
    assert found["protocol_bytes_per_delivery"] == 114
    assert found["tcp_bytes_per_delivery"] == 114
    assert found["ip_bytes_at_1500"] == 114 + 2 * 52
    assert found["latency_p50_ns"] == 10 * MS
    assert found["requests_per_s"] == 0


def test_the_packet_may_need_the_longer_frame_header() -> None:
    inputs = make("socketio-websocket", sampled=drawn([1.5], message_bytes=114))
    assert replayed(inputs).values["protocol_bytes_per_delivery"] == 114 + 12 + 4


@pytest.mark.parametrize(
    ("start_s", "end_s", "pings"),
    [(1, 21, 0), (1, 24, 0), (1, 25, 1), (1, 31, 1), (24, 49, 1), (25, 49, 0), (0, 75, 3)],
)
def test_pings_come_at_24_s_and_each_25_s_after(start_s: int, end_s: int, pings: int) -> None:
    inputs = make("socketio-websocket", start_ns=start_s * S, end_ns=end_s * S)
    assert inputs.pings == pings


def test_a_long_trial_has_pings_and_pongs() -> None:
    long = make("socketio-websocket", (2.0,), end_ns=51 * S)
    # One event of 100 bytes, and two pings of 3 bytes with pongs of 7.
    assert replayed(long).values["protocol_bytes_per_delivery"] == 114 + 2 * 10
    assert "ip_bytes_at_1500" not in replayed(long).values


def test_expectation_and_replay_agree() -> None:
    inputs = make("socketio-websocket", (1.5, 2.0, 2.5, 2.9), rate_per_s=2.0)
    general = expect(inputs).values
    message = general["message_bytes_per_delivery"]
    assert general["protocol_bytes_per_delivery"] == message + 12 + 2


def test_a_long_poll_is_held_until_there_is_an_event() -> None:
    inputs = make("socketio-polling", (0.5, 1.5, 2.5), timeout_ns=S // 10)
    found = replayed(inputs).values
    assert found["requests_per_s"] == 2  # two events in two seconds, to two clients
    assert found["empty_share"] == 0


def test_a_ping_is_an_empty_poll_and_its_pong_an_empty_post() -> None:
    inputs = make("socketio-polling", (2.0, 3.0), end_ns=51 * S, rate_per_s=0.04)
    found = replayed(inputs).values
    assert found["requests_per_s"] == pytest.approx(2 * (2 + 4) / 50)
    assert found["empty_share"] == pytest.approx(4 / 6)
    # In general: about 0.04 useful requests a second, and 0.08 empty ones.
    assert expect(inputs).values["empty_share"] == pytest.approx(2 / 3, abs=1e-6)


def test_even_gaps_shorter_than_a_poll_have_no_expectation() -> None:
    inputs = make("socketio-polling", random=False, rate_per_s=100.0, transit_ns=20 * MS)
    assert "beat with the polls" in expect(inputs).why_not["requests_per_s"]


def test_what_is_not_said_has_a_reason() -> None:
    burst = make("socketio-polling", at_once=10)
    assert "library's doing" in replayed(burst).why_not["requests_per_s"]
    sizes = replayed(make("socketio-polling", (1.5,))).why_not["protocol_bytes_per_delivery"]
    assert sizes == "the library's requests and answers have no sizes in the model"
    packed = make("socketio-websocket", (1.5,), changed="compression changes the sizes")
    assert expect(packed).why_not["protocol_bytes_per_delivery"] == packed.changed
