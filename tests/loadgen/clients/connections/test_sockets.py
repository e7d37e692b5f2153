"""The end of a connection: followed to its last segment, and not for ever."""

import asyncio
import socket
import struct
import sys
from collections.abc import Iterator

import pytest

from loadgen.clients.connections.sockets import CountedSocket
from loadgen.recording.byte_counters import CLOSED, Kernel, read, state

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="TCP_INFO is read on Linux only")

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A client's and a server's end of one connection, which has carried three bytes down."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as near:
            far, _ = listener.accept()
            with far:
                far.sendall(b"abc")
                assert near.recv(3, socket.MSG_WAITALL) == b"abc"
                yield near, far


def begin(near: socket.socket, eof: bool = False) -> tuple[CountedSocket, asyncio.Event]:
    """A socket that is shut and closed at once; and what is set when its count is final."""
    over = asyncio.Event()
    counted = CountedSocket(near, over.set, tls=False)
    counted.shut(eof)
    near.close()
    return counted, over


def segments(kernel: Kernel) -> tuple[int, int]:
    assert kernel.up_segments is not None
    assert kernel.down_segments is not None
    return kernel.up_segments, kernel.down_segments


async def test_when_the_peer_ends_first_its_last_acknowledgement_counts(pair: Pair) -> None:
    near, far = pair
    before = segments(read(near)), segments(read(far))
    far.shutdown(socket.SHUT_WR)
    assert near.recv(1) == b""
    counted, over = begin(near)
    await over.wait()
    assert counted.kernel().down_bytes == 3
    assert_both_ends_agree(before, counted, far)


async def test_when_this_side_ends_first_the_peers_end_counts(pair: Pair) -> None:
    near, far = pair
    before = segments(read(near)), segments(read(far))
    counted, over = begin(near)
    assert far.recv(1) == b""
    far.sendall(b"de")
    assert not over.is_set()
    far.shutdown(socket.SHUT_WR)
    await over.wait()
    assert counted.kernel().down_bytes == 5
    assert_both_ends_agree(before, counted, far)


def assert_both_ends_agree(
    before: tuple[tuple[int, int], tuple[int, int]], counted: CountedSocket, far: socket.socket
) -> None:
    """What one has sent since then, the other has received."""
    (near_up, near_down), (far_up, far_down) = before
    near_sent, near_received = segments(counted.kernel())
    far_sent, far_received = segments(read(far))
    assert near_sent - near_up == far_received - far_down
    assert near_received - near_down == far_sent - far_up


async def test_a_reset_is_no_end_and_so_no_byte(pair: Pair) -> None:
    near, far = pair
    counted, over = begin(near)
    assert far.recv(1) == b""
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    far.close()
    await over.wait()
    assert counted.kernel().down_bytes == 3


async def test_a_connection_that_was_reset_before_is_over_at_once(pair: Pair) -> None:
    near, far = pair
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    far.close()
    with pytest.raises(ConnectionResetError):
        near.recv(1)
    assert state(near) == CLOSED
    counted, over = begin(near)
    await over.wait()
    assert counted.kernel().down_bytes == 3


async def test_a_peer_that_stays_is_left(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadgen.clients.connections.sockets.CLOSE_GRACE_S", 0.001)
    near, far = pair
    counted, over = begin(near)
    await over.wait()
    assert counted.kernel().down_bytes == 3
    assert far.recv(1) == b""


async def test_without_a_descriptor_the_count_so_far_has_to_do(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(sock: socket.socket) -> socket.socket:
        raise OSError(24, "Too many open files")

    near, far = pair
    monkeypatch.setattr(socket.socket, "dup", none_left)
    counted, over = begin(near)
    assert far.recv(1) == b""
    await over.wait()
    assert counted.kernel().down_bytes == 3
