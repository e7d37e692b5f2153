"""Whole trials whose integers can be worked out by hand: real servers, real sockets.

Four clients poll each 250 ms, at 31.25, 93.75, 156.25 and 218.75 ms into each interval. Events are
due at 250 ms and each 500 ms after, so no event comes within 31 ms of a slot or of a window's edge.
"""

import socket
from urllib.parse import urlsplit

import msgspec
import pytest

from feed.spec import FeedSpec
from loadgen.runfile.figures import Figures
from loadgen.runfile.scenario import ClientsSpec, HeaderProfile, PollSpec, Scenario, TrialSpec
from loadgen.trial import trial
from loadgen.trial.planned import Planned
from loadgen.under_test.server import Server, settings

pytestmark = [pytest.mark.trial, pytest.mark.alone]

CLIENTS = 4
POLLS = CLIENTS * 8  # slots of 250 ms in a window of 2 s
EVENTS = 4  # due 750, 1250, 1750 and 2250 ms after the epoch: in the window [500, 2500)
# {"seq":2,"due":750000000,"data":"ten bytes."}, and one digit more from 1,250 ms on
EVENT_BYTES = [45, 46, 46, 46]
# GET /short-poll?after=1 HTTP/1.1 / Host: 127.0.0.1:12345 / empty line, each with its line end
REQUEST_BYTES = 34 + 23 + 2


def scenario(headers: HeaderProfile = "minimal", *, keep_alive: bool = True) -> Scenario:
    return Scenario(
        feed=FeedSpec(schedule="constant", rate_per_s=2.0, payload_bytes=10),
        clients=ClientsSpec(count=CLIENTS, headers=headers),
        poll=PollSpec(interval_s=0.25, keep_alive=keep_alive),
        trial=TrialSpec(warmup_s=0.5, duration_s=2.0, drain_s=2.0, rounds=1),
    )


def measured(transport: str, made: Scenario) -> Figures:
    return trial.measure(Planned(transport, 1, made), trial.TrialSetup(), lambda delivered: None)


def answer_head_bytes(made: Scenario) -> int:
    """Of an empty answer of the same server, as a bare socket sees it."""
    with Server(settings(made, "short-poll")) as server:
        url = urlsplit(server.ready.urls["short-poll"])
        assert url.hostname
        assert url.port
        with socket.create_connection((url.hostname, url.port)) as bare:
            bare.sendall(b"GET /short-poll?after=0 HTTP/1.1\r\nHost: x\r\n\r\n")
            return len(bare.recv(4096))


@pytest.fixture(scope="module")
def short_polled() -> Figures:
    return measured("short-poll", scenario())


def test_every_slot_is_one_request_and_every_other_one_is_empty(short_polled: Figures) -> None:
    requests = short_polled.requests
    assert (requests.useful, requests.empty) == (POLLS // 2, POLLS // 2)
    assert (requests.failed, requests.missed_slots) == (0, 0)


def test_every_event_reaches_every_client_once(short_polled: Figures) -> None:
    counts = short_polled.deliveries
    assert (counts.expected, counts.delivered) == (CLIENTS * EVENTS, CLIENTS * EVENTS)
    assert (counts.received, counts.duplicates, counts.out_of_order) == (CLIENTS * EVENTS, 0, 0)


def test_the_bytes_of_the_window_are_those_of_its_polls(short_polled: Figures) -> None:
    up, down = short_polled.window.up, short_polled.window.down
    assert up.protocol_bytes == POLLS * REQUEST_BYTES
    assert down.payload_bytes == CLIENTS * EVENTS * 10
    assert down.message_bytes == CLIENTS * sum(EVENT_BYTES)
    empty = answer_head_bytes(scenario())
    # a body of two digits' length, and the headers that only an answer with a body has
    useful = empty - len("204 No Content") + len("200 OK") + len("Content-Length: 47\r\n")
    useful += len("Content-Type: application/json\r\n")
    bodies = CLIENTS * sum(size + 2 for size in EVENT_BYTES)  # [ and ]
    assert down.protocol_bytes == POLLS // 2 * (empty + useful) + bodies


def test_polls_that_share_no_connection_open_one_each() -> None:
    figures = measured("short-poll", scenario(keep_alive=False))
    assert figures.window.connections == POLLS
    assert figures.requests.useful == figures.requests.empty == POLLS // 2
    assert figures.window.up.protocol_bytes == POLLS * (
        REQUEST_BYTES + len("Connection: close\r\n")
    )


def test_a_long_poll_is_one_request_an_event_and_none_is_empty() -> None:
    figures = measured("long-poll", scenario())
    requests = figures.requests
    assert (requests.useful, requests.empty, requests.failed) == (CLIENTS * EVENTS, 0, 0)


def test_a_websocket_frame_adds_two_bytes_and_nothing_goes_up() -> None:
    window = measured("websocket", scenario()).window
    assert window.down.protocol_bytes == CLIENTS * sum(size + 2 for size in EVENT_BYTES)
    assert window.up.protocol_bytes == 0


def test_an_event_stream_adds_two_fields_a_chunk_and_nothing_goes_up() -> None:
    window = measured("sse", scenario()).window
    # id: 2 / data: … / empty line, within 3b / … / line end
    blocks = [size + len("id: 2\ndata: \n\n") for size in EVENT_BYTES]
    assert [f"{size:x}" for size in blocks] == ["3b", "3c", "3c", "3c"]
    assert window.down.protocol_bytes == CLIENTS * sum(len("3b\r\n\r\n") + n for n in blocks)
    assert window.up.protocol_bytes == 0


def test_a_bare_frame_adds_four_bytes_and_nothing_goes_up() -> None:
    figures = measured("tcp", scenario())
    assert figures.window.down.protocol_bytes == CLIENTS * sum(size + 4 for size in EVENT_BYTES)
    assert figures.window.up.protocol_bytes == 0
    assert figures.setup
    assert figures.setup.traffic.up.protocol_bytes == CLIENTS * len('xxxx{"after":0}')


def test_socketio_adds_a_packet_of_twelve_bytes_to_each_frame() -> None:
    window = measured("socketio-websocket", scenario()).window
    # 42["event", and ]; the first ping comes after 25 s
    assert window.down.protocol_bytes == CLIENTS * sum(size + 12 + 2 for size in EVENT_BYTES)
    assert window.down.message_bytes == CLIENTS * sum(EVENT_BYTES)
    assert window.up.protocol_bytes == 0
    assert window.connections == 0


def test_socketio_polls_once_an_event_under_a_longer_url() -> None:
    figures = measured("socketio-polling", scenario())
    requests = figures.requests
    assert (requests.useful, requests.empty, requests.failed) == (CLIENTS * EVENTS, 0, 0)
    window = figures.window
    # GET /socket.io/?EIO=4&transport=polling&t=00000003&sid=…, which has 20 characters
    assert window.up.protocol_bytes == CLIENTS * EVENTS * (55 + 20 + 11 + 23 + 2)
    bodies = CLIENTS * sum(size + 12 for size in EVENT_BYTES)
    assert window.down.protocol_bytes == CLIENTS * EVENTS * socketio_head_bytes() + bodies


def socketio_head_bytes() -> int:
    """Of an answer with a body of two digits' length, as a bare socket sees it."""
    with Server(settings(scenario(), "socketio-polling")) as server:
        url = urlsplit(server.ready.urls["socketio-polling"])
        assert url.hostname
        assert url.port
        with socket.create_connection((url.hostname, url.port)) as bare:
            bare.sendall(
                b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            )
            head, _, body = bare.recv(4096).partition(b"\r\n\r\n")
            assert len(body) == 107  # {"sid":…,"pingInterval":25000,"maxPayload":1000000}
            return len(head) + 4 - 1


def test_the_profile_of_2010_puts_716_and_193_header_bytes_on_the_socket() -> None:
    made = scenario("quantum-2010")
    every_poll_useful = msgspec.structs.replace(
        made, feed=FeedSpec(schedule="constant", rate_per_s=4.0, payload_bytes=21)
    )
    figures = measured("short-poll", every_poll_useful)
    assert (figures.requests.useful, figures.requests.empty) == (POLLS, 0)
    bodies = figures.window.down.message_bytes + 2 * POLLS
    assert figures.window.up.protocol_bytes == POLLS * 716
    assert figures.window.down.protocol_bytes - bodies == POLLS * 193
