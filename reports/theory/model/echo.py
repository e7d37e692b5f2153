"""Predictions for an echo: two transits, and the sizes of text and answer.

Every text finds its connection open and free; server and clients take no time.
"""

from collections.abc import Iterator

import numpy as np

from feed.schedule import NS_PER_S
from feed.transport import POST, SOCKETIO_WEBSOCKET, WEBSOCKET, parsed
from reports.theory.model.inputs import ModelInputs
from reports.theory.model.wire_sizes import PING_BYTES, PONG_BYTES, one_way, websocket

MASK_BYTES = 4  # of each frame from a client (RFC 6455, section 5.3)
ANSWER_MORE_BYTES = 3  # "!!!"
# Around a text and its answer, and besides the digits of the packet's number.
EVENT_BYTES = len('42["echo",""]')
ACKNOWLEDGEMENT_BYTES = len('43[""]')
# A share of the exchanges, and the protocol bytes of each of them, up and down.
Sizes = tuple[float, int, int]


def values(inputs: ModelInputs) -> dict[str, float | None]:
    """key → number of one exchange; None where it cannot be said."""
    round_trip_ns = float(2 * inputs.transit_ns)
    sizes = tuple(_sizes(inputs))
    texts = inputs.text_rate_per_s * inputs.window_s
    protocol = sum(share * (up + down) for share, up, down in sizes)
    protocol += inputs.pings * (PING_BYTES + PONG_BYTES) / texts
    # The answer acknowledges the text; what acknowledges the answer travels by itself.
    answered = np.array([True, False])
    packets = sum(
        share * float(one_way(np.array([up, down]), answered).sum()) for share, up, down in sizes
    )
    latencies = ("latency_mean_ns", "latency_p50_ns", "latency_p99_ns", "latency_max_ns")
    return {
        **dict.fromkeys(latencies, round_trip_ns),
        "requests_per_s": 0.0 if parsed(inputs.transport).pushes else None,
        "message_bytes_per_delivery": float(2 * inputs.payload_bytes + ANSWER_MORE_BYTES),
        "protocol_bytes_per_delivery": protocol if sizes else None,
        "ip_bytes_at_1500": packets if sizes and not inputs.pings else None,
    }


def _sizes(inputs: ModelInputs) -> Iterator[Sizes]:
    """Nothing where they are not known."""
    up, down = inputs.payload_bytes, inputs.payload_bytes + ANSWER_MORE_BYTES
    if inputs.transport == WEBSOCKET:
        yield _framed(1.0, up, down)
    elif inputs.transport == POST and inputs.sizes is not None:
        yield 1.0, inputs.sizes.request_bytes, inputs.sizes.answer_bytes
    elif inputs.transport == SOCKETIO_WEBSOCKET:
        for digits, share in _digits(inputs):
            yield _framed(share, EVENT_BYTES + digits + up, ACKNOWLEDGEMENT_BYTES + digits + down)


def _framed(share: float, up: int, down: int) -> Sizes:
    frame_up, frame_down = websocket(np.array([up, down])).tolist()
    return share, frame_up + MASK_BYTES, frame_down


def _digits(inputs: ModelInputs) -> Iterator[tuple[int, float]]:
    """How long the packets' numbers are, and how often: a client's nth text is due at n ÷ rate."""
    first = round(inputs.text_rate_per_s * inputs.start_ns / NS_PER_S) + 1
    last = max(first, round(inputs.text_rate_per_s * inputs.end_ns / NS_PER_S))
    for digits in range(len(str(first)), len(str(last)) + 1):
        numbers = min(last, 10**digits - 1) - max(first, 10 ** (digits - 1)) + 1
        yield digits, numbers / (last - first + 1)
