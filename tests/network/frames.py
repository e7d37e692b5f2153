"""A packet capture, read: pcap, Ethernet, IPv4 and TCP headers."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html
NANOSECONDS = 0xA1B23C4D
ETHERNET = 1
_FILE_HEADER = struct.Struct("<I4x8xII")  # magic, version, reserved, longest record, link type
_RECORD_HEADER = struct.Struct("<IIII")  # s, ns, bytes kept, bytes on the wire

ETHERNET_HEADER_BYTES = 14
_IPV4, _TCP = 0x0800, 6
SYN = 2

Flow = tuple[str, int, str, int]


@dataclass(frozen=True, kw_only=True)
class Packet:
    """A TCP segment over IPv4.

    at_ns            of the capture, ns since 1970.
    flow             source and destination, each with its port.
    frame_bytes      on the wire, with Ethernet's header and without its checksum.
    ip_bytes         the IP packet's, by its own header.
    payload_bytes    the segment's data.
    seq              of its first byte.
    """

    at_ns: int
    flow: Flow
    frame_bytes: int
    ip_bytes: int
    payload_bytes: int
    seq: int
    flags: int

    @property
    def source(self) -> str:
        return self.flow[0]


def complete(capture: bytes | bytearray) -> int:
    """How many whole records there are so far."""
    return sum(1 for _ in _records(capture))


def packets(capture: bytes) -> list[Packet]:
    """All of a capture's packets. ValueError where one is not TCP over IPv4."""
    return [_packet(*record) for record in _records(capture)]


def stream_bytes(sent: Iterable[Packet]) -> int:
    """Bytes of the TCP streams that these packets of one direction carry, each byte once.

    Each flow counts from its SYN on, by sequence numbers, of which FIN takes one as well.
    """
    first: dict[Flow, int] = {}
    length: dict[Flow, int] = {}
    for packet in sent:
        if packet.flags & SYN:
            first[packet.flow] = packet.seq + 1
        if packet.payload_bytes:
            end = (packet.seq + packet.payload_bytes - first[packet.flow]) % 2**32
            length[packet.flow] = max(length.get(packet.flow, 0), end)
    return sum(length.values())


def _records(capture: bytes | bytearray) -> Iterator[tuple[int, int, bytes]]:
    """Instant in ns, bytes on the wire, and the bytes kept; a last one cut short is left out."""
    if len(capture) < _FILE_HEADER.size:
        return
    magic, _, link_type = _FILE_HEADER.unpack_from(capture)
    if (magic, link_type) != (NANOSECONDS, ETHERNET):
        raise ValueError(f"not a capture of Ethernet in ns: {magic:#x}, link type {link_type}")
    at = _FILE_HEADER.size
    while at + _RECORD_HEADER.size <= len(capture):
        seconds, ns, kept, on_the_wire = _RECORD_HEADER.unpack_from(capture, at)
        at += _RECORD_HEADER.size
        if at + kept > len(capture):
            return
        yield seconds * 1_000_000_000 + ns, on_the_wire, bytes(capture[at : at + kept])
        at += kept


def _packet(at_ns: int, frame_bytes: int, frame: bytes) -> Packet:
    (kind,) = struct.unpack_from(">H", frame, 12)
    ip = frame[ETHERNET_HEADER_BYTES:]
    if kind != _IPV4 or ip[0] >> 4 != 4 or ip[9] != _TCP:
        raise ValueError(f"not TCP over IPv4: {frame.hex()}")
    ip_header_bytes = (ip[0] & 15) * 4
    (ip_bytes,) = struct.unpack_from(">H", ip, 2)
    ports_and_seq = struct.unpack_from(">HHI", ip, ip_header_bytes)
    tcp_header_bytes = (ip[ip_header_bytes + 12] >> 4) * 4
    return Packet(
        at_ns=at_ns,
        flow=(_address(ip[12:16]), ports_and_seq[0], _address(ip[16:20]), ports_and_seq[1]),
        frame_bytes=frame_bytes,
        ip_bytes=ip_bytes,
        payload_bytes=ip_bytes - ip_header_bytes - tcp_header_bytes,
        seq=ports_and_seq[2],
        flags=ip[ip_header_bytes + 13],
    )


def _address(four: bytes) -> str:
    return ".".join(map(str, four))
