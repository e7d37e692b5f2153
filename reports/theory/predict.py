"""Theory's predictions for one trial, under the keys of the measures they are compared with.

`expect` gives the expectation over all feeds of this kind, `replayed` the values for the very due
times of the trial's round (docs/reference/method/theory.md). The time that server and generator
take is in neither: a deviation shows it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from feed.schedule import NS_PER_S
from feed.transport import LONG_POLL, SHORT_POLL, SOCKETIO_POLLING, parsed
from reports.summary.formulas import per
from reports.theory.model import closed_form, echo, replay
from reports.theory.model.closed_form import Expected
from reports.theory.model.inputs import ModelInputs, SampledFeed
from reports.theory.model.replay import Outcome
from reports.theory.model.wire_sizes import FRAMED, Ints

BEYOND_TRANSITS = 1.5
LEAST_TRANSIT_NS = 5_000_000  # a shorter one is lost in the time of server and machine
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
OWN_DUE_TIMES = "each client of an echo draws its own due times"
NO_REQUESTS = "a push makes no requests"
NO_EMPTY_ECHO = "an echo has no empty requests"
ONLY_LONG_POLLS = "only of long polls, over a link of at least 5 ms each way"
PLAIN_REASONS = (NO_REQUESTS, NO_EMPTY_ECHO, ONLY_LONG_POLLS)  # they go without saying
OVER_TLS = ("tcp_bytes_per_delivery", "ip_bytes_at_1500")  # TLS adds its records to them


@dataclass(frozen=True)
class Prediction:
    """One trial, all clients together.

    values    key → number, in the key's unit; a key of KEYS that is missing has its `why_not`.
    why_not   key → reason.
    curve_ns  latencies at 201 even shares from 0 to 1; () where there are none.
    at_edges  share of the requests that a little delay moves in or out of the window.
    """

    values: Mapping[str, float]
    why_not: Mapping[str, str]
    curve_ns: tuple[float, ...] = ()
    at_edges: float = 0.0


# Over all feeds of a kind, and for the due times of one.
_Model = tuple[Callable[[ModelInputs], Expected], Callable[[ModelInputs, SampledFeed], Outcome]]
_MODELS: dict[str, _Model] = {
    SHORT_POLL: (closed_form.short_poll, replay.short_poll),
    LONG_POLL: (closed_form.long_poll, replay.long_poll),
    SOCKETIO_POLLING: (closed_form.socketio_long_poll, replay.socketio_long_poll),
    **dict.fromkeys(FRAMED, (closed_form.push, replay.push)),
}


def expect(inputs: ModelInputs) -> Prediction:
    """The expectation over all feeds of this kind."""
    if inputs.echoes:
        return _echo(inputs)
    if why := no_model(inputs):
        return Prediction({}, dict.fromkeys(KEYS, why))
    expected = _MODELS[inputs.transport][0](inputs)
    per_client = expected.requests_per_s
    values = {
        "requests_per_s": None if per_client is None else per_client * inputs.clients,
        "empty_share": expected.empty_share,
        "message_bytes_per_delivery": closed_form.message_bytes(inputs),
        "protocol_bytes_per_delivery": closed_form.protocol_bytes(inputs, expected),
    }
    if latency := expected.latency:
        values |= {
            "latency_mean_ns": latency.mean_ns,
            "latency_p50_ns": latency.quantile(0.5),
            "latency_p99_ns": latency.quantile(0.99),
            "latency_max_ns": latency.most_ns,
            "share_beyond_transit": latency.beyond(beyond_ns(inputs)),
        }
    return _prediction(inputs, values, expected.why_not)


def replayed(inputs: ModelInputs) -> Prediction:
    """The values for the due times of this trial's round; an echo's due times do not matter."""
    if inputs.echoes:
        return _echo(inputs)
    if (why := no_model(inputs)) or inputs.sampled is None:
        return Prediction({}, dict.fromkeys(KEYS, why or inputs.no_feed))
    outcome = _MODELS[inputs.transport][1](inputs, inputs.sampled)
    received, latency_ns = outcome.received, outcome.latency_ns
    values = {
        "requests_per_s": outcome.requests * NS_PER_S / (inputs.end_ns - inputs.start_ns),
        "empty_share": per(outcome.empty, outcome.requests),
        "message_bytes_per_delivery": per(outcome.message_bytes, received),
    }
    if outcome.up_bytes is not None and outcome.down_bytes is not None and not inputs.changed:
        values |= {
            "protocol_bytes_per_delivery": per(outcome.up_bytes + outcome.down_bytes, received),
            "ip_bytes_at_1500": per(outcome.ip_bytes, received),
        }
    curve_ns: list[float] = []
    if latency_ns.size:
        curve_ns = _quantiles(latency_ns, np.linspace(0, 1, POINTS))
        median, p99 = _quantiles(latency_ns, [0.5, 0.99])
        values |= {
            "latency_mean_ns": float(latency_ns.mean()),
            "latency_p50_ns": median,
            "latency_p99_ns": p99,
            "latency_max_ns": float(latency_ns[-1]),
            "share_beyond_transit": float(np.mean(latency_ns > beyond_ns(inputs))),
        }
    at_edges = per(outcome.at_edges, outcome.requests) or 0.0
    return replace(_prediction(inputs, values), curve_ns=tuple(curve_ns), at_edges=at_edges)


def _echo(inputs: ModelInputs) -> Prediction:
    values = echo.values(inputs)
    round_trip_ns = values["latency_p50_ns"] or 0.0
    return replace(_prediction(inputs, values), curve_ns=(round_trip_ns,) * POINTS)


def beyond_ns(inputs: ModelInputs) -> float:
    """What takes longer than this took more than its one transit."""
    return BEYOND_TRANSITS * inputs.transit_ns


def _quantiles(latency_ns: Ints, shares: list[float] | np.ndarray) -> list[float]:
    """Nearest ranks, as the load generator takes them of its samples."""
    found: list[float] = np.quantile(latency_ns, shares, method="inverted_cdf").tolist()
    return found


def _prediction(
    inputs: ModelInputs, values: Mapping[str, float | None], why_not: str = ""
) -> Prediction:
    """Of the values that can be said. why_not: of all others; "": each for a reason of its own."""
    # The TCP stream holds the protocol's bytes and no other.
    stated = {**values, "tcp_bytes_per_delivery": values.get("protocol_bytes_per_delivery")}
    hidden = set(OVER_TLS) if inputs.encrypted else set()
    if inputs.transport != LONG_POLL or inputs.transit_ns < LEAST_TRANSIT_NS:
        hidden.add("share_beyond_transit")  # of long polls alone, and where the link lets it show
    known = {key: v for key, v in stated.items() if v is not None and key not in hidden}
    missing = {key: why_not or reason(inputs, key) for key in KEYS if key not in known}
    return Prediction(known, missing)


def reason(inputs: ModelInputs, key: str) -> str:
    """Why a model that holds says nothing of this key."""
    pushes = parsed(inputs.transport).pushes
    poll = "POST" if inputs.echoes else "poll"
    reasons = (
        (inputs.echoes and key == "requests_per_s", OWN_DUE_TIMES),
        (key == "share_beyond_transit", ONLY_LONG_POLLS),
        (inputs.echoes and key == "empty_share", NO_EMPTY_ECHO),
        (pushes and key == "empty_share", NO_REQUESTS),
        ("bytes" not in key, "no event was due in the window"),
        (bool(inputs.changed), inputs.changed),
        (inputs.encrypted and key in OVER_TLS, "TLS adds records of its own"),
        (
            inputs.transport == SOCKETIO_POLLING,
            "the library's requests and answers have no sizes in the model",
        ),
        (not pushes and inputs.sizes is None, f"the sizes of a {poll} were not recorded"),
    )
    return next((text for holds, text in reasons if holds), "the model has no sizes for it")


def no_model(inputs: ModelInputs) -> str:
    """Why nothing at all is said of this trial; "" where a model holds."""
    if inputs.transport not in _MODELS:
        return "there is no model of it"
    if inputs.batched:
        return "batching is not in the model"
    if inputs.transport == SOCKETIO_POLLING and inputs.at_once > 1:
        return "how many events of a burst one answer brings is the library's doing"
    return ""
