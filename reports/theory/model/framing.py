"""What a push transport puts around each message, in bytes on the wire; docs/protocol.md. Pure."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

TCP_LENGTH_BYTES = 4
# An event stream that was silent for so long gets a comment, ":" and LF, as a chunk of its own.
HEARTBEAT_NS = 15_000_000_000
HEARTBEAT_BYTES = len("2\r\n:\n\r\n")

# (seq, message_bytes) of each event -> the bytes with which it comes.
Framing = Callable[[Ints, Ints], Ints]


def websocket(seq: Ints, message_bytes: Ints) -> Ints:
    """2, 4 or 10 bytes more: a frame from the server is not masked (RFC 6455, section 5.2)."""
    header: Ints = np.select([message_bytes <= 125, message_bytes <= 65_535], [2, 4], 10)
    return message_bytes + header


def sse(seq: Ints, message_bytes: Ints) -> Ints:
    """Two fields and an empty line, in a chunk whose size is hexadecimal (RFC 9112, 7.1)."""
    block = len("id: \ndata: \n\n") + digits(seq) + message_bytes
    return block + digits(block, base=16) + len("\r\n\r\n")


def tcp(seq: Ints, message_bytes: Ints) -> Ints:
    """Its length before each event."""
    return message_bytes + TCP_LENGTH_BYTES


FRAMED: dict[str, Framing] = {"websocket": websocket, "sse": sse, "tcp": tcp}


def digits(numbers: Ints, base: int = 10) -> Ints:
    """How many digits each number has, none below 0; 0 has one."""
    longest = 19 if base == 10 else 16
    powers = np.array([base**power for power in range(1, longest)], dtype=np.int64)
    return np.searchsorted(powers, numbers, side="right") + 1
