"""Whole trials of the echo whose integers can be worked out by hand: real servers, real sockets.

Four clients send each 250 ms, at 31.25, 93.75, 156.25 and 218.75 ms into each interval: never
within 31 ms of an edge of the window, which runs from 500 to 2,500 ms.
"""

import socket
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from feed.transport import SOCKETIO_WEBSOCKET, parsed
from loadgen.runfile.figures import Figures, MessageSizes
from loadgen.runfile.scenario import (
    ClientsSpec,
    EchoSpec,
    LinkSpec,
    Scenario,
    TrialSpec,
)
from loadgen.trial import trial
from loadgen.trial.planned import Planned
from loadgen.under_test import server
from loadgen.under_test.server import Server, settings

pytestmark = [pytest.mark.trial, pytest.mark.alone]

CLIENTS = 4
SOCKETS = (
    "websocket",
    "socketio-websocket",
    "websocket@nodejs-websocket",
    "socketio-websocket@node",
)
TEXTS = CLIENTS * 8  # of 250 ms in a window of 2 s
TEXT_BYTES, ANSWER_BYTES = 20, 23  # and "!!!"
# POST /echo HTTP/1.1 / Host: 127.0.0.1:12345 / Content-Type: text/plain;charset=UTF-8 /
# Content-Length: 20 / empty line, each with its line end
REQUEST_BYTES = 21 + 23 + 40 + 20 + 2 + TEXT_BYTES
# Of each client the window has the texts 3 to 10: seven numbers of one digit, and one of two.
DIGITS = CLIENTS * (7 + 2)
PACKETS_UP = TEXTS * (TEXT_BYTES + len('42["echo",""]')) + DIGITS
PACKETS_DOWN = TEXTS * (ANSWER_BYTES + len('43[""]')) + DIGITS


class Trial(NamedTuple):
    transport: str
    figures: Figures


def scenario(rtt_ms: float = 0.0) -> Scenario:
    return Scenario(
        workload="echo",
        transports=("post", *SOCKETS),
        echo=EchoSpec(schedule="constant", rate_per_s=4.0, payload_bytes=TEXT_BYTES),
        clients=ClientsSpec(count=CLIENTS, headers="minimal"),
        link=LinkSpec(rtt_ms=rtt_ms),
        trial=TrialSpec(warmup_s=0.5, duration_s=2.0, drain_s=2.0, rounds=1),
    )


def measured(transport: str, made: Scenario) -> Figures:
    return trial.measure(Planned(transport, 1, made), trial.TrialSetup(), lambda delivered: None)


def post_answer_bytes() -> int:
    """Of an answer of the same server to a text of as many bytes, as a bare socket sees it."""
    with Server(settings(scenario(), "post")) as server:
        url = urlsplit(server.ready.echo["post"])
        assert url.hostname
        assert url.port
        with socket.create_connection((url.hostname, url.port)) as bare:
            request = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n"
            bare.sendall(request + b"x" * TEXT_BYTES)
            answer = bare.recv(4096)
    assert answer.endswith(b"X" * TEXT_BYTES + b"!!!")
    return len(answer)


@pytest.fixture(scope="module")
def posted() -> Figures:
    return measured("post", scenario())


@pytest.fixture(scope="module", params=SOCKETS)
def socketed(request: pytest.FixtureRequest) -> Trial:
    """One for each transport with a connection that stays."""
    if parsed(request.param).traits.on_node and (missing := server.node_missing()):
        pytest.skip(missing)
    return Trial(request.param, measured(request.param, scenario()))


def test_every_post_is_answered_once(posted: Figures) -> None:
    assert_answered_once(posted)


def test_every_text_on_a_socket_is_answered_once(socketed: Trial) -> None:
    assert_answered_once(socketed.figures)


def assert_answered_once(figures: Figures) -> None:
    counts = figures.deliveries
    assert (counts.expected, counts.delivered, counts.received) == (TEXTS, TEXTS, TEXTS)
    assert (counts.lost, counts.duplicates, counts.out_of_order, counts.late) == (0, 0, 0, 0)
    assert figures.latency
    assert figures.latency.count == TEXTS
    assert figures.requests.delay
    assert figures.requests.delay.count == TEXTS
    assert figures.server
    assert figures.server.publish_lag is None
    up, down = figures.window.up, figures.window.down
    assert (up.payload_bytes, up.message_bytes) == (TEXTS * TEXT_BYTES, TEXTS * TEXT_BYTES)
    assert (down.payload_bytes, down.message_bytes) == (TEXTS * ANSWER_BYTES, TEXTS * ANSWER_BYTES)


def test_every_text_over_http_is_one_request(posted: Figures) -> None:
    requests = posted.requests
    assert (requests.useful, requests.empty, requests.failed) == (TEXTS, 0, 0)
    assert posted.window.up.protocol_bytes == TEXTS * REQUEST_BYTES
    assert posted.window.down.protocol_bytes == TEXTS * post_answer_bytes()


def test_the_weighed_post_is_one_of_them(posted: Figures) -> None:
    assert posted.exchange == MessageSizes(
        request_bytes=REQUEST_BYTES,
        request_digit_bytes=0,
        empty_bytes=0,
        answer_bytes=post_answer_bytes(),
        answer_digit_bytes=0,
    )


def test_a_frame_adds_six_bytes_up_and_two_down_to_text_or_packet(socketed: Trial) -> None:
    figures = socketed.figures
    requests, window = figures.requests, figures.window
    up, down = TEXTS * TEXT_BYTES, TEXTS * ANSWER_BYTES
    if parsed(socketed.transport).protocol == SOCKETIO_WEBSOCKET:
        up, down = PACKETS_UP, PACKETS_DOWN
    assert (requests.useful, requests.empty, requests.failed) == (0, 0, 0)
    assert window.up.protocol_bytes == up + TEXTS * 6
    assert window.down.protocol_bytes == down + TEXTS * 2
    assert figures.exchange is None


@pytest.mark.parametrize("transport", ["post", "websocket", "socketio-websocket"])
def test_a_round_trip_takes_two_transits_of_the_link(transport: str) -> None:
    latency = measured(transport, scenario(rtt_ms=40.0)).latency
    assert latency is not None
    assert latency.count == TEXTS
    assert latency.min_ns >= 40_000_000
