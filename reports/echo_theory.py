"""What theory predicts for an echo: two transits, and the sizes of text and answer. Pure.

Every text finds its connection open and free; server and clients take no time.
"""

import numpy as np

from reports.packets import one_way
from reports.premise import Premise
from reports.replay import frame_header_bytes

MASK_BYTES = 4  # of each frame from a client (RFC 6455, section 5.3)
ANSWER_MORE_BYTES = 3  # "!!!"


def values(premise: Premise) -> dict[str, float | None]:
    """key → number of one exchange; None where it cannot be said."""
    round_trip_ns = float(2 * premise.transit_ns)
    sizes = _sizes(premise)
    protocol = float(sum(sizes)) if sizes else None
    plain = None if premise.encrypted else protocol
    latencies = ("latency_mean_ns", "latency_p50_ns", "latency_p99_ns", "latency_max_ns")
    return {
        **dict.fromkeys(latencies, round_trip_ns),
        "requests_per_s": 0.0 if premise.transport == "websocket" else None,
        "message_bytes_per_delivery": float(2 * premise.payload_bytes + ANSWER_MORE_BYTES),
        "protocol_bytes_per_delivery": protocol,
        "tcp_bytes_per_delivery": plain,
        "ip_bytes_at_1500": _packets(sizes) if sizes and not premise.encrypted else None,
    }


def _sizes(premise: Premise) -> tuple[int, int] | None:
    """Protocol bytes up and down; None where they are not known."""
    up, down = premise.payload_bytes, premise.payload_bytes + ANSWER_MORE_BYTES
    if premise.transport == "websocket":
        head_up, head_down = frame_header_bytes(np.array([up, down])).tolist()
        return up + head_up + MASK_BYTES, down + head_down
    if premise.transport == "post" and premise.exchange is not None:
        return premise.exchange.request_bytes, premise.exchange.answer_bytes
    return None


def _packets(sizes: tuple[int, int]) -> float:
    """The answer acknowledges the text; what acknowledges the answer travels by itself."""
    answered = np.array([True, False])
    return float(one_way(np.array(sizes, dtype=np.int64), answered).sum())
