"""The expectation over all feeds of a kind, in closed form, for one client.

d is one transit, I the interval of short polls, r the rate, T a long poll's timeout, b the time
from an answer in the server until the next poll is there: 2 d over an open connection.
"""

import math
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from feed.schedule import NS_PER_S
from feed.transport import SOCKETIO_POLLING, SSE
from reports.theory.model.inputs import NEVER_NS, ModelInputs
from reports.theory.model.wire_sizes import (
    FRAMED,
    HEARTBEAT_BYTES,
    HEARTBEAT_NS,
    PING_BYTES,
    PONG_BYTES,
)


@dataclass(frozen=True)
class Spread:
    """A latency that is `least_ns` for a share of the events and else even on (least, most]."""

    least_ns: float
    most_ns: float
    at_least: float

    @property
    def mean_ns(self) -> float:
        return self.least_ns + (1 - self.at_least) * (self.most_ns - self.least_ns) / 2

    def quantile(self, share: float) -> float:
        """The latency that this share of the events does not exceed, in ns."""
        if share <= self.at_least:
            return self.least_ns
        beyond = (share - self.at_least) / (1 - self.at_least)
        return self.least_ns + beyond * (self.most_ns - self.least_ns)

    def beyond(self, latency_ns: float) -> float:
        """The share of the events that take longer."""
        if latency_ns < self.least_ns:
            return 1.0
        if latency_ns >= self.most_ns:
            return 0.0
        left = (self.most_ns - latency_ns) / (self.most_ns - self.least_ns)
        return (1 - self.at_least) * left


@dataclass(frozen=True)
class Expected:
    """Of one client. latency, empty_share: None where `why_not` says so; so are the bytes."""

    latency: Spread | None
    requests_per_s: float | None
    empty_share: float | None
    why_not: str = ""


def short_poll(inputs: ModelInputs) -> Expected:
    """Latency even on [d, I + d]; 1/I requests a second; empty e^(-rI) for Poisson."""
    latency = Spread(inputs.transit_ns, inputs.step_ns + inputs.transit_ns, 0.0)
    per_s = NS_PER_S / inputs.step_ns
    if inputs.rate_per_s is None:
        return Expected(latency, per_s, None, "a trace has no rate to expect")
    due = inputs.rate_per_s * inputs.step_ns / NS_PER_S / inputs.at_once
    return Expected(latency, per_s, math.exp(-due) if inputs.random else max(0.0, 1 - due))


def long_poll(inputs: ModelInputs) -> Expected:
    """d when idle, up to d + b right after an answer (RFC 6202, section 2.2, where b is 2 d).

    With Poisson events a cycle is b, and then the wait for an event where none fell into b:
    b + e^(-rb) (1 - e^(-rT)) / r on average. Those of b, r b of them, wait evenly up to b.
    """
    if inputs.rate_per_s is None:
        return Expected(None, None, None, "a trace has no rate to expect")
    rate = inputs.rate_per_s / NS_PER_S
    d, b, timeout = inputs.transit_ns, inputs.turnaround_ns, inputs.timeout_ns
    if not inputs.random:
        gap = inputs.at_once / rate
        if not b <= gap <= b + timeout:
            why_not = "even gaps beat with the polls: see the sampled due times"
            return Expected(None, None, None, why_not)
        return Expected(Spread(d, d, 1.0), NS_PER_S / gap, 0.0)  # each poll waits for its event
    none_in_b = math.exp(-rate * b)
    waited = none_in_b * -math.expm1(-rate * timeout)
    return Expected(
        Spread(d, d + b, at_least=waited / (waited + rate * b)),
        NS_PER_S / (b + waited / rate),
        none_in_b * math.exp(-rate * timeout),
    )


def socketio_long_poll(inputs: ModelInputs) -> Expected:
    """A long poll that ends with an event or a ping; a pong is a POST, and as empty."""
    expected = long_poll(replace(inputs, timeout_ns=NEVER_NS))
    if expected.requests_per_s is None:
        return expected
    empty_per_s = 2 * inputs.pings / inputs.window_s
    per_s = expected.requests_per_s + empty_per_s
    return replace(expected, requests_per_s=per_s, empty_share=empty_per_s / per_s)


def push(inputs: ModelInputs) -> Expected:
    """d, and no request once it is connected."""
    return Expected(Spread(inputs.transit_ns, inputs.transit_ns, 1.0), 0.0, None)


def message_bytes(inputs: ModelInputs) -> int | None:
    """Of a mean event in mid-window: its JSON around a text of the mean length."""
    if inputs.rate_per_s is None:
        return None
    due_ns = (inputs.start_ns + inputs.end_ns) // 2
    event = {"seq": _cursor(inputs), "due": due_ns, "data": ""}
    return len(msgspec.json.encode(event)) + inputs.payload_bytes


def protocol_bytes(inputs: ModelInputs, expected: Expected) -> float | None:
    """Per delivery, both directions; None where sizes or rates are not known.

    Of a push its frame, and what fills a silence. Of polls the requests, the heads of answers, the
    empty answers and the arrays, shared among the deliveries. The sizes of the answers that
    Socket.IO's library gives to polls are not known.
    """
    message, rate, sizes = message_bytes(inputs), inputs.rate_per_s, inputs.sizes
    if message is None or rate is None or inputs.changed or inputs.transport == SOCKETIO_POLLING:
        return None
    cursor = _cursor(inputs)
    if framed := FRAMED.get(inputs.transport):
        ping_bytes = inputs.pings * (PING_BYTES + PONG_BYTES) / (rate * inputs.window_s)
        frame = framed(np.array([cursor]), np.array([message]))[0]
        comments = _heartbeats(inputs, rate) if inputs.transport == SSE else 0.0
        return int(frame) + ping_bytes + comments
    empty = expected.empty_share
    if sizes is None or empty is None or not expected.requests_per_s:
        return None
    polls = expected.requests_per_s / rate  # for one delivery
    useful = polls * (1 - empty)
    body = message / useful + 2 if useful else 0.0
    request = sizes.request_bytes + sizes.request_digit_bytes * (len(str(cursor)) - 1)
    head = sizes.answer_bytes + sizes.answer_digit_bytes * (len(str(round(body))) - 1)
    array = message + 1 + useful  # n + 1 bytes more for n events
    return polls * request + polls * empty * sizes.empty_bytes + useful * head + array


def _cursor(inputs: ModelInputs) -> int:
    middle_s = (inputs.start_ns + inputs.end_ns) / 2 / NS_PER_S
    return round((inputs.rate_per_s or 0.0) * middle_s)


def _heartbeats(inputs: ModelInputs, rate_per_s: float) -> float:
    """Bytes of the comments that fill an event stream's silences, per delivery.

    Among exponential gaps a share of e^(-rH) is longer than H, e^(-2rH) longer than 2 H, and so on.
    """
    due = rate_per_s * HEARTBEAT_NS / NS_PER_S / inputs.at_once
    comments = math.exp(-due) / -math.expm1(-due) if inputs.random else math.ceil(1 / due) - 1
    return HEARTBEAT_BYTES * comments / inputs.at_once
