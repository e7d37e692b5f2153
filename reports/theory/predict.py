"""What theory predicts for a trial, under the keys of the measures that it is held against.

Once as the expectation over all feeds of its kind, and once for the very due times that the trial's
seed drew; docs/method.md states the model. The time that server and
generator take is not in it: a deviation shows that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from feed.transport import (
    LONG_POLL,
    SHORT_POLL,
    SOCKETIO_POLLING,
    SOCKETIO_WEBSOCKET,
    SSE,
    TCP,
    WEBSOCKET,
    parsed,
)
from reports.theory.model import closed_form, echo, replay, socketio
from reports.theory.model.closed_form import Expected
from reports.theory.model.inputs import Drawn, Ints, Premise
from reports.theory.model.replay import Outcome

NS_PER_S = 1_000_000_000
BEYOND_TRANSITS = 1.5
LEAST_TRANSIT_NS = 5_000_000  # a shorter one cannot be told from the time of server and machine
POINTS = 201

# The keys of what is predicted; all but the last two are published measures as well.
KEYS = (
    "requests_per_s",
    "empty_share",
    "latency_mean_ns",
    "latency_p50_ns",
    "latency_p99_ns",
    "latency_max_ns",
    "message_bytes_per_delivery",
    "protocol_bytes_per_delivery",
    "tcp_bytes_per_delivery",
    "share_beyond_transit",
    "ip_bytes_at_1500",
)


@dataclass(frozen=True)
class Prediction:
    """One trial, all clients together.

    values    key → number; a key of KEYS that is not in it cannot be said: see `why_not`.
    why_not   key → reason.
    curve_ns  latencies at 201 even shares from 0 to 1; () where there are none.
    at_edges  share of the requests that a little delay moves in or out of the window.
    """

    values: Mapping[str, float]
    why_not: Mapping[str, str]
    curve_ns: tuple[float, ...] = ()
    at_edges: float = 0.0


@dataclass(frozen=True)
class _Model:
    expect: Callable[[Premise], Expected]
    replay: Callable[[Premise, Drawn], Outcome]


_PUSH = _Model(closed_form.push, replay.push)
_MODELS = {
    SHORT_POLL: _Model(closed_form.short_poll, replay.short_poll),
    LONG_POLL: _Model(closed_form.long_poll, replay.long_poll),
    WEBSOCKET: _PUSH,
    SOCKETIO_WEBSOCKET: _Model(closed_form.push, socketio.push),
    SOCKETIO_POLLING: _Model(socketio.expected_long_poll, socketio.long_poll),
    SSE: _PUSH,
    TCP: _PUSH,
}


def expect(premise: Premise) -> Prediction:
    """Over all feeds of this kind."""
    if premise.echoes:
        return _echoed(premise)
    model = _MODELS.get(premise.transport)
    if model is None or (why := no_model(premise)):
        return _nothing("there is no model of it" if model is None else why)
    expected = model.expect(premise)
    values = {
        "requests_per_s": _times(expected.requests_per_s, premise.clients),
        "empty_share": expected.empty_share,
        "message_bytes_per_delivery": closed_form.message_bytes(premise),
        **_protocol(premise, _protocol_bytes(premise, expected)),
    }
    if spread := expected.latency:
        values |= {
            "latency_mean_ns": spread.mean_ns,
            "latency_p50_ns": spread.quantile(0.5),
            "latency_p99_ns": spread.quantile(0.99),
            "latency_max_ns": spread.most_ns,
            "share_beyond_transit": _if_told(premise, spread.beyond(beyond_ns(premise))),
        }
    return _told(premise, values, expected.why_not)


def replayed(premise: Premise) -> Prediction:
    """For the due times that this trial's seed drew; an echo's do not matter."""
    if premise.echoes:
        return _echoed(premise)
    model = _MODELS.get(premise.transport)
    if model is None or (why := no_model(premise)):
        return _nothing("there is no model of it" if model is None else why)
    if premise.drawn is None:
        return _nothing(premise.no_feed)
    outcome = model.replay(premise, premise.drawn)
    window_s = (premise.end_ns - premise.start_ns) / NS_PER_S
    protocol = None
    if outcome.up_bytes is not None and outcome.down_bytes is not None and not premise.changed:
        protocol = _per(outcome.up_bytes + outcome.down_bytes, outcome.received)
    values = {
        "requests_per_s": outcome.requests / window_s,
        "empty_share": _per(outcome.empty, outcome.requests),
        "message_bytes_per_delivery": _per(outcome.message_bytes, outcome.received),
        **_protocol(premise, protocol),
        "ip_bytes_at_1500": _ip(premise, outcome),
        **_latencies(premise, outcome.latency_ns),
    }
    shares = np.linspace(0, 1, POINTS)
    told = _told(premise, values, "")
    curve = outcome.latency_ns
    return Prediction(
        values=told.values,
        why_not=told.why_not,
        curve_ns=tuple(_quantiles(curve, shares)) if curve.size else (),
        at_edges=_per(outcome.at_edges, outcome.requests) or 0.0,
    )


def _protocol_bytes(premise: Premise, expected: Expected) -> float | None:
    if premise.transport == SOCKETIO_WEBSOCKET:
        return socketio.protocol_bytes(premise)
    if premise.transport == SOCKETIO_POLLING:
        return None
    return closed_form.protocol_bytes(premise, expected)


def _echoed(premise: Premise) -> Prediction:
    values = echo.values(premise)
    told = _told(premise, values, "")
    round_trip_ns = values["latency_p50_ns"] or 0.0
    return Prediction(told.values, told.why_not, curve_ns=(round_trip_ns,) * POINTS)


def beyond_ns(premise: Premise) -> float:
    """What takes longer than this took more than its one transit."""
    return BEYOND_TRANSITS * premise.transit_ns


def _if_told(premise: Premise, share: float) -> float | None:
    """Of long polls alone, and over a link that is long enough for it to show."""
    told = premise.transport == LONG_POLL and premise.transit_ns >= LEAST_TRANSIT_NS
    return share if told else None


def _latencies(premise: Premise, latency_ns: Ints) -> dict[str, float | None]:
    """Nearest ranks, as the load generator takes them of its samples."""
    if not latency_ns.size:
        return {}
    median, p99 = _quantiles(latency_ns, [0.5, 0.99])
    return {
        "latency_mean_ns": float(latency_ns.mean()),
        "latency_p50_ns": median,
        "latency_p99_ns": p99,
        "latency_max_ns": float(latency_ns[-1]),
        "share_beyond_transit": _if_told(premise, float(np.mean(latency_ns > beyond_ns(premise)))),
    }


def _quantiles(latency_ns: Ints, shares: list[float] | np.ndarray) -> list[float]:
    found: list[float] = np.quantile(latency_ns, shares, method="inverted_cdf").tolist()
    return found


def _protocol(premise: Premise, protocol: float | None) -> dict[str, float | None]:
    """The TCP stream holds the protocol's bytes and no other; TLS adds its records."""
    return {
        "protocol_bytes_per_delivery": protocol,
        "tcp_bytes_per_delivery": None if premise.encrypted else protocol,
    }


def _ip(premise: Premise, outcome: Outcome) -> float | None:
    if outcome.ip_bytes is None or premise.changed or premise.encrypted:
        return None
    return _per(outcome.ip_bytes, outcome.received)


def _told(premise: Premise, values: Mapping[str, float | None], why_not: str) -> Prediction:
    known = {key: value for key, value in values.items() if value is not None}
    missing = {key: why_not or reason(premise, key) for key in KEYS if key not in known}
    return Prediction(known, missing)


def _nothing(why: str) -> Prediction:
    return Prediction({}, dict.fromkeys(KEYS, why))


def _per(amount: float, units: float) -> float | None:
    return amount / units if units else None


def _times(amount: float | None, factor: int) -> float | None:
    return None if amount is None else amount * factor


def reason(premise: Premise, key: str) -> str:
    """Why a model that holds says nothing of this key."""
    if premise.echoes and key == "requests_per_s":
        return "each client of an echo draws its own due times"
    if key == "share_beyond_transit":
        return "only of long polls, over a link of at least 5 ms each way"
    if key == "empty_share" and premise.echoes:
        return "an echo has no empty requests"
    if key == "empty_share" and parsed(premise.transport).pushes:
        return "a push makes no requests"
    if "bytes" not in key:
        return "no event was due in the window"
    if premise.changed:
        return premise.changed
    if premise.encrypted and key in ("tcp_bytes_per_delivery", "ip_bytes_at_1500"):
        return "TLS adds records of its own"
    if premise.transport == SOCKETIO_POLLING:
        return "the library's requests and answers have no sizes in the model"
    if not parsed(premise.transport).pushes and premise.exchange is None:
        return f"the sizes of a {'POST' if premise.echoes else 'poll'} were not recorded"
    return "the model has no sizes for it"


def no_model(premise: Premise) -> str:
    """Why nothing at all is said of a trial whose transport has a model; "" where it holds."""
    if premise.batched:
        return "batching is not in the model"
    if premise.transport == SOCKETIO_POLLING and premise.at_once > 1:
        return "how many events of a burst one answer brings is the library's doing"
    return ""
