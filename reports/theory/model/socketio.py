"""Socket.IO's part of a push and of a long poll, by its protocol (version 5, Engine.IO 4).

An event's packet is `42["event",` before the event and `]` behind it. Every 25 s from connecting
on, python-socketio's and Socket.IO's own default, the server pings each client, `2`, and is
answered `3`. Theory does not know when a client connects, and takes it to be a second before the
epoch.
"""

from dataclasses import replace

import numpy as np

from feed.schedule import NS_PER_S
from reports.theory.model import closed_form, replay
from reports.theory.model.closed_form import Expected
from reports.theory.model.inputs import Ints, ModelInputs, SampledFeed
from reports.theory.model.replay import Outcome
from reports.theory.model.wire_sizes import one_way, websocket

PACKET_BYTES = len('42["event",') + len("]")
PING_EACH_NS = 25 * NS_PER_S
CONNECTED_BEFORE_NS = NS_PER_S
PING_BYTES = 2 + 1  # a frame's header, and the packet
PONG_BYTES = 6 + 1  # masked
NEVER_NS = 2**60


def pings(inputs: ModelInputs) -> int:
    """To each client, in the window: of those at 24 s, 49 s and so on."""
    before, after = inputs.start_ns + CONNECTED_BEFORE_NS, inputs.end_ns + CONNECTED_BEFORE_NS
    return -(-after // PING_EACH_NS) - -(-before // PING_EACH_NS)


def push(inputs: ModelInputs, feed: SampledFeed) -> Outcome:
    """A WebSocket's push, each event within its packet."""
    outcome = replay.push(inputs, feed)
    arrived = replay.in_window(inputs, feed.due_ns + inputs.transit_ns)
    frames = framed(feed.message_bytes[arrived])
    pinged = inputs.clients * pings(inputs)
    packets = one_way(frames, np.zeros(frames.size, dtype=bool)).sum()
    return replace(
        outcome,
        up_bytes=pinged * PONG_BYTES,
        down_bytes=inputs.clients * int(frames.sum()) + pinged * PING_BYTES,
        ip_bytes=None if pinged else float(inputs.clients * int(packets)),
    )


def framed(message_bytes: Ints) -> Ints:
    """Each event's frame, with its packet and header."""
    packets = message_bytes + PACKET_BYTES
    return websocket(np.zeros_like(packets), packets)


def long_poll(inputs: ModelInputs, feed: SampledFeed) -> Outcome:
    """A long poll that waits until there is an event, or a ping; its pong is a POST.

    The sizes of the library's answers are not known here.
    """
    outcome = replay.long_poll(replace(inputs, timeout_ns=NEVER_NS), feed)
    empty = 2 * inputs.clients * pings(inputs)
    return replace(
        outcome,
        requests=outcome.requests + empty,
        empty=outcome.empty + empty,
        up_bytes=None,
        down_bytes=None,
        ip_bytes=None,
    )


def expected_long_poll(inputs: ModelInputs) -> Expected:
    """The same over all draws of a feed."""
    expected = closed_form.long_poll(replace(inputs, timeout_ns=NEVER_NS))
    if expected.requests_per_s is None:
        return expected
    window_s = (inputs.end_ns - inputs.start_ns) / NS_PER_S
    empty_per_s = 2 * pings(inputs) / window_s
    per_s = expected.requests_per_s + empty_per_s
    return replace(expected, requests_per_s=per_s, empty_share=empty_per_s / per_s)


def protocol_bytes(inputs: ModelInputs, expected: Expected) -> float | None:
    """Of a push, per delivery, both ways; None where sizes or rates are not known."""
    message, rate = closed_form.message_bytes(inputs), inputs.rate_per_s
    if message is None or rate is None or inputs.changed:
        return None
    window_s = (inputs.end_ns - inputs.start_ns) / NS_PER_S
    ping_bytes = pings(inputs) * (PING_BYTES + PONG_BYTES) / (rate * window_s)
    packet = message + PACKET_BYTES
    (frame,) = websocket(np.zeros(1, dtype=np.int64), np.array([round(packet)]))
    return packet + int(frame - round(packet)) + ping_bytes
