"""Bytes from events of the DevTools protocol, held against what stood on the wire."""

from typing import Any

import msgspec
import pytest

from loadgen.clients.browser.network_bytes import (
    NetworkBytes,
    chunk_frame_bytes,
    handshake_bytes,
    request_bytes,
)

URL = "http://127.0.0.1:8080/short-poll?after=17"
REQUEST = b"GET /short-poll?after=17 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: */*\r\n\r\n"
HEADERS = {"Accept": "*/*", "Host": "127.0.0.1:8080"}
ANSWER_BYTES = 180


def counts_of(*events: tuple[str, dict[str, Any]]) -> NetworkBytes:
    counted = NetworkBytes()
    for method, params in events:
        counted.add(f"Network.{method}", msgspec.Raw(msgspec.json.encode(params)))
    return counted


def asked(request: str = "1") -> list[tuple[str, dict[str, Any]]]:
    return [
        ("requestWillBeSent", {"requestId": request, "request": {"url": URL, "headers": {}}}),
        ("requestWillBeSentExtraInfo", {"requestId": request, "headers": HEADERS}),
    ]


def responded(head_bytes: int, **headers: str) -> tuple[str, dict[str, Any]]:
    response = {"connectionId": 7, "encodedDataLength": head_bytes, "headers": headers}
    return "responseReceived", {"requestId": "1", "response": response}


def data(size: int, counted: int = 0) -> tuple[str, dict[str, Any]]:
    return "dataReceived", {"requestId": "1", "dataLength": size, "encodedDataLength": counted}


def finished(size: int) -> tuple[str, dict[str, Any]]:
    return "loadingFinished", {"requestId": "1", "encodedDataLength": size}


def frame(text: str, opcode: int = 1) -> dict[str, Any]:
    return {"requestId": "2", "response": {"opcode": opcode, "payloadData": text}}


def test_a_request_is_as_long_as_on_the_wire() -> None:
    assert request_bytes(URL, HEADERS) == len(REQUEST)


@pytest.mark.parametrize("events", [asked(), asked()[::-1]], ids=["URL first", "headers first"])
def test_the_halves_of_a_request_count_once_both_are_there(
    events: list[tuple[str, dict[str, Any]]],
) -> None:
    assert counts_of(events[0]).byte_counts().up_protocol_bytes == 0
    assert counts_of(*events).byte_counts().up_protocol_bytes == len(REQUEST)


def test_an_answer_is_what_the_browser_counted_head_and_body() -> None:
    counts = counts_of(*asked(), responded(130), data(50), finished(ANSWER_BYTES)).byte_counts()
    assert counts.down_protocol_bytes == ANSWER_BYTES
    assert counts.connections == 1


def test_polls_over_one_connection_count_it_once() -> None:
    assert counts_of(responded(130), finished(130), responded(130)).byte_counts().connections == 1


def test_a_stream_counts_as_it_comes_and_the_browsers_count_corrects_it() -> None:
    head = responded(178, **{"Transfer-Encoding": "chunked"})
    chunk = 169 + len("a9\r\n\r\n")
    assert counts_of(head, data(169)).byte_counts().down_protocol_bytes == 178 + chunk
    assert counts_of(head, data(169), data(169, 350)).byte_counts().down_protocol_bytes == 178 + 350
    over = ("loadingFailed", {"requestId": "1"})
    assert (
        counts_of(head, data(169, 175), data(169), over).byte_counts().down_protocol_bytes
        == 178 + 350
    )


@pytest.mark.parametrize(("size", "framed"), [(9, 5), (169, 6), (256, 7)])
def test_a_chunk_has_its_length_in_hexadecimal_and_two_line_ends(size: int, framed: int) -> None:
    assert chunk_frame_bytes(size) == framed


@pytest.mark.parametrize(
    ("text", "size"), [("x" * 125, 127), ("x" * 126, 130), ("é" * 70, 144), ("x" * 65_536, 65_546)]
)
def test_a_frame_has_the_header_that_its_length_asks_for(text: str, size: int) -> None:
    assert (
        counts_of(("webSocketFrameReceived", frame(text))).byte_counts().down_protocol_bytes == size
    )


def test_a_frame_that_goes_up_is_masked() -> None:
    assert (
        counts_of(("webSocketFrameSent", frame("four"))).byte_counts().up_protocol_bytes
        == 4 + 2 + 4
    )


def test_a_binary_frame_is_told_in_base64() -> None:
    told = frame("AAECAw==", opcode=2)
    assert counts_of(("webSocketFrameReceived", told)).byte_counts().down_protocol_bytes == 4 + 2


def test_a_handshake_is_sent_with_its_path_and_told_with_its_url() -> None:
    told = "GET ws://127.0.0.1:8080/websocket?after=0 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"
    sent = told.replace("ws://127.0.0.1:8080", "")
    assert handshake_bytes(told) == len(sent)
    answer = "HTTP/1.1 101 Switching Protocols\r\n\r\n"
    response = {"requestHeadersText": told, "headersText": answer}
    event = ("webSocketHandshakeResponseReceived", {"requestId": "2", "response": response})
    counts = counts_of(event).byte_counts()
    assert (counts.up_protocol_bytes, counts.down_protocol_bytes) == (len(sent), len(answer))
    assert counts.connections == 1


def test_what_only_a_kernel_knows_is_not_known() -> None:
    counts = counts_of(*asked()).byte_counts()
    assert counts.up_tcp_bytes is counts.down_segments is None


def test_an_event_of_no_interest_changes_nothing() -> None:
    assert counts_of(("policyUpdated", {})).byte_counts() == NetworkBytes().byte_counts()
