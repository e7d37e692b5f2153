"""Sizes on the wire: frames around messages, and their IP bytes at an MTU of 1,500.

Loopback and segmentation offload carry in one segment what a network sends as several, so what was
counted there is a lower bound. The model, which is plain and no more than that:

* a message of n bytes travels as ceil(n / 1,448) segments: 1,500 less an IPv4 header (20), a TCP
  header (20) and the timestamp option with its padding (12, RFC 7323);
* every second segment is acknowledged, and the last one (RFC 9293, section 3.8.6.3);
* an acknowledgement takes no segment of its own where data goes back within 40 ms, which is
  Linux's shortest delayed acknowledgement;
* a connection costs six segments of its own, of which two are SYNs with 8 bytes more of options;
* nothing is lost, and no two messages share a segment.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from feed.schedule import NS_PER_S
from feed.transport import SOCKETIO_POLLING, SOCKETIO_WEBSOCKET, SSE, TCP, WEBSOCKET
from loadgen.runfile.figures import HEADER_BYTES_PER_SEGMENT, MORE_BYTES_PER_SYN

Ints = npt.NDArray[np.int64]  # one dimension
Flags = npt.NDArray[np.bool_]

TCP_LENGTH_BYTES = 4
# An event stream that was silent for so long gets a comment, ":" and LF, as a chunk of its own.
HEARTBEAT_NS = 15_000_000_000
HEARTBEAT_BYTES = len("2\r\n:\n\r\n")

# Socket.IO's packet around an event (protocol version 5, Engine.IO 4), and the server's ping, `2`
# in a frame of its own, with the client's masked `3`; every 25 s from connecting on, which is
# python-socketio's and Socket.IO's own default.
PACKET_BYTES = len('42["event",') + len("]")
PINGED = (SOCKETIO_WEBSOCKET, SOCKETIO_POLLING)
PING_EACH_NS = 25 * NS_PER_S
PING_BYTES, PONG_BYTES = 2 + 1, 6 + 1


def websocket(message_bytes: Ints) -> Ints:
    """2, 4 or 10 bytes more: a frame from the server is not masked (RFC 6455, section 5.2)."""
    header: Ints = np.select([message_bytes <= 125, message_bytes <= 65_535], [2, 4], 10)
    return message_bytes + header


def sse(seq: Ints, message_bytes: Ints) -> Ints:
    """Two fields and an empty line, in a chunk whose size is hexadecimal (RFC 9112, 7.1)."""
    block = len("id: \ndata: \n\n") + digits(seq) + message_bytes
    return block + digits(block, base=16) + len("\r\n\r\n")


# (seq, message_bytes) of each event -> the bytes with which it comes.
FRAMED: dict[str, Callable[[Ints, Ints], Ints]] = {
    WEBSOCKET: lambda seq, message_bytes: websocket(message_bytes),
    SSE: sse,
    TCP: lambda seq, message_bytes: message_bytes + TCP_LENGTH_BYTES,
    SOCKETIO_WEBSOCKET: lambda seq, message_bytes: websocket(message_bytes + PACKET_BYTES),
}


def digits(numbers: Ints, base: int = 10) -> Ints:
    """How many digits each number has, none below 0; 0 has one."""
    longest = 19 if base == 10 else 16
    powers = np.array([base**power for power in range(1, longest)], dtype=np.int64)
    return np.searchsorted(powers, numbers, side="right") + 1


MTU_BYTES = 1_500
SEGMENT_BYTES = MTU_BYTES - HEADER_BYTES_PER_SEGMENT
DELAYED_ACK_NS = 40_000_000
CONNECTION_BYTES = 6 * HEADER_BYTES_PER_SEGMENT + 2 * MORE_BYTES_PER_SYN


def segments(message_bytes: Ints) -> Ints:
    """How many segments each message takes."""
    return -(-message_bytes // SEGMENT_BYTES)


def acknowledgements(message_bytes: Ints, answered: Flags) -> Ints:
    """Segments without data that a message draws; answered: data goes back within 40 ms."""
    return np.maximum((segments(message_bytes) + 1) // 2 - answered, 0)


def one_way(message_bytes: Ints, answered: Flags) -> Ints:
    """IP bytes of each message and of what acknowledges it."""
    taken = segments(message_bytes) + acknowledgements(message_bytes, answered)
    return message_bytes + HEADER_BYTES_PER_SEGMENT * taken
