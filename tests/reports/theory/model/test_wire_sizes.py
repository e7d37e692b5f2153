"""Segments and acknowledgements of messages, counted by hand for an MTU of 1,500."""

import numpy as np
import pytest

from reports.theory.model import wire_sizes


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
