"""Sizes on the wire, held against the servers' own encoders, and packets of known messages."""

import numpy as np
import pytest

from reports.theory.model import wire_sizes
from reports.theory.model.wire_sizes import FRAMED, HEARTBEAT_BYTES, HEARTBEAT_NS, digits
from servers.settings import ServerSettings
from servers.transports import sse, tcp


@pytest.mark.parametrize(
    ("size", "segments"), [(1, 1), (1_448, 1), (1_449, 2), (2_896, 2), (2_897, 3)]
)
def test_a_message_takes_as_many_segments_as_it_needs(size: int, segments: int) -> None:
    assert wire_sizes.segments(np.array([size])).tolist() == [segments]


@pytest.mark.parametrize(
    ("size", "answered", "acks"),
    [(100, False, 1), (100, True, 0), (2_000, False, 1), (3_000, False, 2), (3_000, True, 1)],
)
def test_every_second_segment_and_the_last_are_acknowledged(
    size: int, answered: bool, acks: int
) -> None:
    found = wire_sizes.acknowledgements(np.array([size]), np.array([answered]))
    assert found.tolist() == [acks]


def test_each_segment_carries_52_bytes_of_headers() -> None:
    sizes, answered = np.array([100, 2_000]), np.array([True, False])
    assert wire_sizes.one_way(sizes, answered).tolist() == [152, 2_000 + 3 * 52]


def test_a_connection_is_six_segments_and_the_options_of_two_syns() -> None:
    assert wire_sizes.CONNECTION_BYTES == 328


EDGES = [1, 3, 120, 239, 240, 241, 242, 4_081, 4_082, 65_521, 65_522, 2**20 - 18, 2**20]


def framed(transport: str, seq: int, message_bytes: int) -> int:
    return int(FRAMED[transport](np.array([seq]), np.array([message_bytes]))[0])


@pytest.mark.parametrize("seq", [1, 9, 10, 99_999, 100_000])
@pytest.mark.parametrize("size", EDGES)
def test_an_event_stream_is_what_the_server_writes(seq: int, size: int) -> None:
    written = sse.chunk(sse.event(seq, b"x" * size))
    assert framed("sse", seq, size) == len(written)


@pytest.mark.parametrize("size", EDGES)
def test_a_bare_frame_is_what_the_server_writes(size: int) -> None:
    assert framed("tcp", 1, size) == len(tcp.event(b"x" * size))


@pytest.mark.parametrize(
    ("size", "more"), [(125, 2), (126, 4), (65_535, 4), (65_536, 10), (10**6, 10)]
)
def test_a_websocket_frame_has_two_four_or_ten_bytes_more(size: int, more: int) -> None:
    assert framed("websocket", 1, size) == size + more


def test_a_heartbeat_is_what_the_server_writes_and_when() -> None:
    assert len(sse.chunk(sse.COMMENT)) == HEARTBEAT_BYTES
    assert ServerSettings(transports=()).heartbeat_s * 1e9 == HEARTBEAT_NS


def test_digits() -> None:
    numbers = np.array([0, 9, 10, 99, 100, 10**15, 10**18])
    assert digits(numbers).tolist() == [1, 1, 2, 2, 3, 16, 19]
    assert digits(np.array([0, 15, 16, 255, 256, 2**60 - 1, 2**60]), base=16).tolist() == [
        *(1, 1, 2, 2, 3),
        *(15, 16),
    ]
