import socket
import struct
import sys
from collections.abc import Iterator

import pytest

from loadgen.recording.byte_counters import CLOSED, UNKNOWN, ByteCounts, read, state

linux = pytest.mark.skipif(sys.platform != "linux", reason="TCP_INFO is read on Linux only")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of one TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as near:
            far, _ = listener.accept()
            with far:
                yield near, far


def test_wires_add_up_field_by_field() -> None:
    one, two = ByteCounts(1, 2, 3, 4, 5, 6, 7), ByteCounts(10, 20, 30, 40, 50, 60, 70)
    assert one + two == ByteCounts(11, 22, 33, 44, 55, 66, 77)
    assert (one + two) - one == two
    assert sum([one, two], ByteCounts()) == one + two


def test_what_the_kernel_does_not_tell_stays_unknown() -> None:
    unknown = ByteCounts(1, 2, None, None, None, None, 1)
    assert unknown + ByteCounts(1, 1, 1, 1, 1, 1, 1) == ByteCounts(2, 3, None, None, None, None, 2)
    assert ByteCounts() - unknown == ByteCounts(-1, -2, None, None, None, None, -1)


@linux
def test_a_fresh_connection_has_carried_nothing(pair: tuple[socket.socket, socket.socket]) -> None:
    near, _ = pair
    kernel = read(near)
    assert (kernel.up_bytes, kernel.down_bytes) == (0, 0)
    assert kernel.up_segments == 2  # SYN, ACK
    assert kernel.down_segments == 1  # SYN-ACK


@linux
def test_counts_both_directions(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    near.sendall(b"x" * 300)
    far.recv(300, socket.MSG_WAITALL)
    far.sendall(b"y" * 70)
    near.recv(70, socket.MSG_WAITALL)
    assert read(near)[:2] == (300, 70)
    assert read(far)[:2] == (70, 300)


@linux
def test_the_peers_end_is_no_byte(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    far.sendall(b"y" * 70)
    far.shutdown(socket.SHUT_WR)
    assert near.recv(100, socket.MSG_WAITALL) == b"y" * 70
    assert near.recv(1) == b""
    assert read(near).down_bytes == 70


@linux
def test_nor_is_it_when_this_side_ended_first(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    near.shutdown(socket.SHUT_WR)
    far.sendall(b"y" * 70)
    far.shutdown(socket.SHUT_WR)
    assert near.recv(100, socket.MSG_WAITALL) == b"y" * 70
    assert near.recv(1) == b""
    assert read(near, fin=True).down_bytes == 70


@linux
def test_what_was_sent_twice_counts_once() -> None:
    class Lossy(socket.socket):
        def getsockopt(self, *arguments: int) -> bytes:  # type: ignore[override]
            return bytes(200) + struct.pack("=QQ", 8_130_000, 130_000)

    with Lossy() as sock:
        assert read(sock).up_bytes == 8_000_000


def test_a_closed_socket_has_no_count() -> None:
    sock = socket.socket()
    sock.close()
    assert read(sock) == UNKNOWN
    assert state(sock) == CLOSED


def test_a_system_without_tcp_info_has_no_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with socket.socket() as sock:
        assert read(sock) == UNKNOWN
        assert state(sock) == CLOSED


@linux
def test_a_kernel_that_tells_less_has_no_count() -> None:
    class OldKernel(socket.socket):
        def getsockopt(self, *arguments: int) -> bytes:  # type: ignore[override]
            return bytes(200)

    with OldKernel() as sock:
        assert read(sock) == UNKNOWN
