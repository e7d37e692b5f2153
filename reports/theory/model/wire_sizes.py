"""IP bytes on a network with an MTU of 1,500, computed from the sizes of messages. Pure.

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

import numpy as np
import numpy.typing as npt

from loadgen.runfile.figures import HEADER_BYTES_PER_SEGMENT, MORE_BYTES_PER_SYN

MTU_BYTES = 1_500
SEGMENT_BYTES = MTU_BYTES - HEADER_BYTES_PER_SEGMENT
DELAYED_ACK_NS = 40_000_000
CONNECTION_BYTES = 6 * HEADER_BYTES_PER_SEGMENT + 2 * MORE_BYTES_PER_SYN

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


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
