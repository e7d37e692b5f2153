"""The parser of packet captures, on captures written by hand."""

import struct

import pytest

from tests.network.frames import SYN, Packet, complete, packets, stream_bytes

FILE_HEADER = struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 128, 1)
ACK = 16


def frame(
    payload: bytes = b"", *, seq: int = 0, flags: int = ACK, options: bytes = b"", ends: str = "<>"
) -> bytes:
    """From 198.18.0.2:40000 to 198.18.0.1:80; ends "><": the other way."""
    near, far = bytes((198, 18, 0, 2)), bytes((198, 18, 0, 1))
    ports = (40000, 80) if ends == "<>" else (80, 40000)
    addresses = near + far if ends == "<>" else far + near
    data_offset = (20 + len(options)) // 4 << 4
    tcp = struct.pack(">HHIIBBHHH", *ports, seq, 7, data_offset, flags, 0, 0, 0) + options
    ip_bytes = 20 + len(tcp) + len(payload)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, ip_bytes, 0, 0, 64, 6, 0) + addresses
    return bytes(12) + b"\x08\x00" + ip + tcp + payload


def record(data: bytes, at_ns: int = 0, kept: int = 128) -> bytes:
    head = data[:kept]
    return struct.pack("<IIII", *divmod(at_ns, 10**9), len(head), len(data)) + head


def capture(*frames: bytes) -> bytes:
    return FILE_HEADER + b"".join(map(record, frames))


def test_reads_a_packet() -> None:
    data = frame(b"x" * 500, seq=9, options=bytes(12))
    assert packets(FILE_HEADER + record(data, at_ns=1_700_000_000_123_456_789)) == [
        Packet(
            at_ns=1_700_000_000_123_456_789,
            flow=("198.18.0.2", 40000, "198.18.0.1", 80),
            frame_bytes=14 + 20 + 32 + 500,
            ip_bytes=20 + 32 + 500,
            payload_bytes=500,
            seq=9,
            flags=ACK,
        )
    ]


def test_what_is_cut_short_is_not_there_yet() -> None:
    whole = capture(frame(b"one"), frame(b"two"))
    assert [complete(whole[:end]) for end in (0, 10, 24, 40, len(whole) - 1, len(whole))] == [
        *(0, 0, 0, 0),
        *(1, 2),
    ]
    assert [packet.payload_bytes for packet in packets(whole[:-1])] == [3]


def test_a_stream_counts_each_byte_once_and_neither_syn_nor_fin() -> None:
    first = 2**32 - 3  # so that the sequence number wraps around
    there = [
        frame(seq=first, flags=SYN, options=bytes(20)),
        frame(b"abcd", seq=first + 1),
        frame(b"abcd", seq=first + 1),  # sent again
        frame(b"ef", seq=2),
        frame(seq=4, flags=ACK | 1),
        frame(seq=5),  # acknowledges the other end
    ]
    back = [frame(seq=70, flags=SYN, ends="><"), frame(b"xyz", seq=71, ends="><")]
    assert stream_bytes(packets(capture(*there))) == 6
    assert stream_bytes(packets(capture(*there, *back))) == 9


@pytest.mark.parametrize(
    "stranger", [bytes(12) + b"\x08\x06" + bytes(28), frame()[:23] + b"\x11" + frame()[24:]]
)
def test_what_is_not_tcp_over_ipv4_is_refused(stranger: bytes) -> None:
    with pytest.raises(ValueError, match="not TCP over IPv4"):
        packets(capture(stranger))


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="not a capture of Ethernet"):
        packets(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 128, 1))
