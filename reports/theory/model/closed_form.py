"""What theory expects over all draws of a feed, in closed form; one client is like another.

d is one transit, I the interval of short polls, r the rate, T how long a poll may be held, b the
time from an answer in the server until the next poll is there: 2 d over an open connection.
"""

import math
from dataclasses import dataclass

import msgspec
import numpy as np

from feed.transport import SSE
from reports.theory.model.inputs import Premise
from reports.theory.model.wire_sizes import FRAMED, HEARTBEAT_BYTES, HEARTBEAT_NS, digits

NS_PER_S = 1_000_000_000


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


def short_poll(premise: Premise) -> Expected:
    """Latency even on [d, I + d]; 1/I requests a second; empty e^(-rI) for Poisson."""
    latency = Spread(premise.transit_ns, premise.step_ns + premise.transit_ns, 0.0)
    per_s = NS_PER_S / premise.step_ns
    if premise.rate_per_s is None:
        return Expected(latency, per_s, None, "a trace has no rate to expect")
    due = premise.rate_per_s * premise.step_ns / NS_PER_S / premise.at_once
    return Expected(latency, per_s, math.exp(-due) if premise.random else max(0.0, 1 - due))


def long_poll(premise: Premise) -> Expected:
    """d when idle, up to d + b right after an answer (RFC 6202, section 2.2, where b is 2 d).

    With Poisson events a cycle is b, and then the wait for an event where none fell into b:
    b + e^(-rb) (1 - e^(-rT)) / r on average. Those of b, r b of them, wait evenly up to b.
    """
    if premise.rate_per_s is None:
        return Expected(None, None, None, "a trace has no rate to expect")
    rate = premise.rate_per_s / NS_PER_S
    if not premise.random:
        return _regular_long_poll(premise, premise.at_once / rate)
    least, blind, timeout = premise.transit_ns, premise.blind_ns, premise.timeout_ns
    none_in_blind = math.exp(-rate * blind)
    waited = none_in_blind * -math.expm1(-rate * timeout)
    at_least = waited / (waited + rate * blind)
    return Expected(
        Spread(least, least + blind, at_least),
        NS_PER_S / (blind + waited / rate),
        none_in_blind * math.exp(-rate * timeout),
    )


def _regular_long_poll(premise: Premise, gap_ns: float) -> Expected:
    """Even gaps: each poll is there in time and is held until the next event."""
    if not premise.blind_ns <= gap_ns <= premise.blind_ns + premise.timeout_ns:
        return Expected(None, None, None, "even gaps beat with the polls: see the drawn due times")
    return Expected(Spread(premise.transit_ns, premise.transit_ns, 1.0), NS_PER_S / gap_ns, 0.0)


def push(premise: Premise) -> Expected:
    """d, and no request once it is connected."""
    return Expected(Spread(premise.transit_ns, premise.transit_ns, 1.0), 0.0, None)


def message_bytes(premise: Premise) -> float | None:
    """Of a mean event in mid-window: its JSON around a text of the mean length."""
    if premise.rate_per_s is None:
        return None
    due_ns = (premise.start_ns + premise.end_ns) // 2
    event = {"seq": _cursor(premise), "due": due_ns, "data": ""}
    return len(msgspec.json.encode(event)) + premise.payload_bytes


def protocol_bytes(premise: Premise, expected: Expected) -> float | None:
    """Per delivery, both directions; None where sizes or rates are not known."""
    message = message_bytes(premise)
    if message is None or premise.changed:
        return None
    if framed := FRAMED.get(premise.transport):
        around = framed(np.array([_cursor(premise)]), np.array([round(message)]))[0]
        return message + int(around) - round(message) + _heartbeat_bytes(premise)
    return _poll_bytes(premise, expected, message)


def _heartbeat_bytes(premise: Premise) -> float:
    """Of the comments that fill an event stream's silences, per delivery.

    Among exponential gaps a share of e^(-rH) is longer than H, e^(-2rH) longer than 2 H, and so on.
    """
    if premise.transport != SSE or premise.rate_per_s is None:
        return 0.0
    due = premise.rate_per_s * HEARTBEAT_NS / NS_PER_S / premise.at_once
    if premise.random:
        comments = math.exp(-due) / -math.expm1(-due)
    else:
        comments = math.ceil(1 / due) - 1
    return HEARTBEAT_BYTES * comments / premise.at_once


def _poll_bytes(premise: Premise, expected: Expected, message: float) -> float | None:
    """Requests, heads of answers, empty answers and arrays, shared among the deliveries."""
    exchange, rate, empty = premise.exchange, premise.rate_per_s, expected.empty_share
    if exchange is None or rate is None or empty is None or not expected.requests_per_s:
        return None
    polls = expected.requests_per_s / rate  # for one delivery
    useful = polls * (1 - empty)
    body = message / useful + 2 if useful else 0.0
    request = exchange.request_bytes + exchange.request_digit_bytes * (
        _digits(_cursor(premise)) - 1
    )
    head = exchange.answer_bytes + exchange.answer_digit_bytes * (_digits(round(body)) - 1)
    array = message + 1 + useful  # n + 1 bytes more for n events
    return polls * request + polls * empty * exchange.empty_bytes + useful * head + array


def _cursor(premise: Premise) -> int:
    middle_s = (premise.start_ns + premise.end_ns) / 2 / NS_PER_S
    return round((premise.rate_per_s or 0.0) * middle_s)


def _digits(number: int) -> int:
    return int(digits(np.array([number]))[0])
