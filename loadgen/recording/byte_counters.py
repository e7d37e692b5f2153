"""Byte counters of a client's connections: by its protocol, and by the kernel.

The kernel's count is TCP_INFO of one socket (Linux: linux/tcp.h, struct tcp_info).
"""

import socket
import struct
import sys
from dataclasses import dataclass
from typing import NamedTuple

# tcpi_state u8 @0, bytes_received u64 @128, segs_out and segs_in u32 @136, bytes_sent u64 @200,
# bytes_retrans u64 @208.
_TCP_INFO = struct.Struct("=B127xQII56xQQ")
# Of linux/tcp_states.h. A socket that its program still holds is CLOSED, and not in TIME_WAIT, once
# both ends are through.
CLOSED = 7
# States in which the peer's FIN has come: TIME_WAIT, CLOSE_WAIT, LAST_ACK, CLOSING.
AFTER_FIN = frozenset((6, 8, 9, 11))


class Kernel(NamedTuple):
    """The kernel's count of one socket so far; each None where the kernel does not say.

    up_bytes, down_bytes        of the TCP stream: neither SYN nor FIN counts as a byte, and a byte
                                that was sent again counts once.
    up_segments, down_segments  with those that carry no data, and those that were sent again.
    """

    up_bytes: int | None
    down_bytes: int | None
    up_segments: int | None
    down_segments: int | None


UNKNOWN = Kernel(None, None, None, None)


@dataclass(frozen=True, slots=True)
class ByteCounts:
    """Bytes and segments, cumulative or as a difference; None where the kernel has no count.

    up: from the client to the server. down: from the server to the client.
    protocol_bytes  HTTP requests and answers; a handshake and WebSocket frames, headers included.
    tcp_bytes       of the TCP stream.
    segments        TCP segments.
    connections     opened.
    """

    up_protocol_bytes: int = 0
    down_protocol_bytes: int = 0
    up_tcp_bytes: int | None = 0
    down_tcp_bytes: int | None = 0
    up_segments: int | None = 0
    down_segments: int | None = 0
    connections: int = 0

    def __add__(self, other: "ByteCounts") -> "ByteCounts":
        return self._with(other, 1)

    def __sub__(self, other: "ByteCounts") -> "ByteCounts":
        return self._with(other, -1)

    def _with(self, other: "ByteCounts", sign: int) -> "ByteCounts":
        return ByteCounts(
            self.up_protocol_bytes + sign * other.up_protocol_bytes,
            self.down_protocol_bytes + sign * other.down_protocol_bytes,
            _sum(self.up_tcp_bytes, other.up_tcp_bytes, sign),
            _sum(self.down_tcp_bytes, other.down_tcp_bytes, sign),
            _sum(self.up_segments, other.up_segments, sign),
            _sum(self.down_segments, other.down_segments, sign),
            self.connections + sign * other.connections,
        )


def _sum(one: int | None, other: int | None, sign: int) -> int | None:
    return None if one is None or other is None else one + sign * other


def read(sock: socket.socket, fin: bool = False) -> Kernel:
    """The kernel's count of an open TCP socket; about 1 µs. UNKNOWN where it has none.

    fin: whether the caller has read to the peer's end. Once both sides are shut, the socket's
    state no longer tells that from a reset.
    """
    if sys.platform != "linux" or sock.fileno() < 0:
        return UNKNOWN
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    if len(info) < _TCP_INFO.size:  # a kernel before 4.19 does not count bytes_sent
        return UNKNOWN
    status, received, segments_out, segments_in, sent, sent_again = _TCP_INFO.unpack(info)
    # The kernel counts the peer's FIN as a byte received (but not its SYN).
    down_bytes = received - (fin or status in AFTER_FIN)
    return Kernel(sent - sent_again, down_bytes, segments_out, segments_in)


def state(sock: socket.socket) -> int:
    """Of a TCP socket (linux/tcp_states.h); CLOSED where the kernel does not say."""
    if sys.platform != "linux" or sock.fileno() < 0:
        return CLOSED
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
