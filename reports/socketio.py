"""What Socket.IO adds to a push and to a long poll, by its protocol (version 5, Engine.IO 4). Pure.

An event's packet is `42["event",` before the event and `]` behind it. Every 25 s, python-socketio's
and Socket.IO's own default, the server pings each client, `2`, and is answered `3`. When the first
of them falls due hangs on the instant of connecting, which theory does not know: a trial that ends
within 23 s has none, and a longer one is given the mean.
"""

from dataclasses import replace

import numpy as np

from reports import expectation, replay
from reports.expectation import Expected
from reports.packets import one_way
from reports.premise import Drawn, Ints, Premise
from reports.replay import Outcome, frame_header_bytes

NS_PER_S = 1_000_000_000
PACKET_BYTES = len('42["event",') + len("]")
PING_EACH_NS = 25 * NS_PER_S
NONE_BEFORE_NS = 23 * NS_PER_S
PING_BYTES = 2 + 1  # a frame's header, and the packet
PONG_BYTES = 6 + 1  # masked
NEVER_NS = 2**60


def pings(premise: Premise) -> float:
    """To each client, in the window."""
    if premise.end_ns <= NONE_BEFORE_NS:
        return 0.0
    return (premise.end_ns - premise.start_ns) / PING_EACH_NS


def push(premise: Premise, drawn: Drawn) -> Outcome:
    """A WebSocket's push, each event within its packet."""
    outcome = replay.push(premise, drawn)
    arrived = drawn.due_ns + premise.transit_ns
    inside = (premise.start_ns <= arrived) & (arrived < premise.end_ns)
    frames = framed(drawn.message_bytes[inside])
    beats = premise.clients * pings(premise)
    packets = one_way(frames, np.zeros(frames.size, dtype=bool)).sum()
    return replace(
        outcome,
        up_bytes=beats * PONG_BYTES,
        down_bytes=premise.clients * int(frames.sum()) + beats * PING_BYTES,
        ip_bytes=None if beats else float(premise.clients * int(packets)),
    )


def framed(message_bytes: Ints) -> Ints:
    """Each event's frame, with its packet and header."""
    packets = message_bytes + PACKET_BYTES
    return packets + frame_header_bytes(packets)


def long_poll(premise: Premise, drawn: Drawn) -> Outcome:
    """A long poll that is held until there is an event, or a ping; its pong is a POST.

    The sizes of the library's answers are not known here.
    """
    outcome = replay.long_poll(_held(premise), drawn)
    empty = 2 * premise.clients * pings(premise)
    return replace(
        outcome,
        requests=outcome.requests + empty,
        empty=outcome.empty + empty,
        up_bytes=None,
        down_bytes=None,
        ip_bytes=None,
    )


def expected_long_poll(premise: Premise) -> Expected:
    """The same over all draws of a feed."""
    expected = expectation.long_poll(_held(premise))
    if expected.requests_per_s is None:
        return expected
    window_s = (premise.end_ns - premise.start_ns) / NS_PER_S
    empty_per_s = 2 * pings(premise) / window_s
    per_s = expected.requests_per_s + empty_per_s
    return replace(expected, requests_per_s=per_s, empty_share=empty_per_s / per_s)


def protocol_bytes(premise: Premise) -> float | None:
    """Of a push, per delivery, both ways; None where sizes or rates are not known."""
    message, rate = expectation.message_bytes(premise), premise.rate_per_s
    if message is None or rate is None or premise.changed:
        return None
    window_s = (premise.end_ns - premise.start_ns) / NS_PER_S
    beats = pings(premise) * (PING_BYTES + PONG_BYTES) / (rate * window_s)
    packet = message + PACKET_BYTES
    return packet + int(frame_header_bytes(np.array([round(packet)]))[0]) + beats


def _held(premise: Premise) -> Premise:
    return replace(premise, timeout_ns=NEVER_NS)
