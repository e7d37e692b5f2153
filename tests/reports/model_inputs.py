"""What theory is given, built by hand: two clients, a poll a second, a window from 1 s to 3 s."""

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from feed.spec import FeedSpec
from loadgen.runfile.figures import MessageSizes
from loadgen.runfile.scenario import ClientsSpec, PollSpec, TrialSpec
from reports.theory.model.inputs import ModelInputs, SampledFeed, model_inputs
from reports.theory.model.wire_sizes import FRAMED
from tests.reports import runs

MS = 1_000_000
S = 1_000 * MS
SIZES = MessageSizes(
    request_bytes=400,
    request_digit_bytes=1,
    empty_bytes=100,
    answer_bytes=150,
    answer_digit_bytes=1,
)


def drawn(due_s: Iterable[float], message_bytes: int = 100) -> SampledFeed:
    """Events of one size."""
    due_ns = np.array([round(at * S) for at in due_s], dtype=np.int64)
    return SampledFeed(due_ns, np.full(due_ns.size, message_bytes, dtype=np.int64))


def make(transport: str = "short-poll", due_s: Iterable[float] = (), **changes: Any) -> ModelInputs:
    """The plain one, changed; due_s: when its events are due."""
    plain: dict[str, Any] = {
        "transport": transport,
        "clients": 2,
        "start_ns": S,
        "end_ns": 3 * S,
        "interval_ns": S,
        "timeout_ns": 30 * S,
        "keep_alive": True,
        "transit_ns": 0,
        "transit_known": True,
        "rate_per_s": 2.0,
        "at_once": 1,
        "random": True,
        "payload_bytes": 60,
        "sampled": drawn(due_s),
        "no_feed": "",
        "sizes": None if transport in FRAMED else SIZES,
        "changed": "",
        "encrypted": False,
        "batched": False,
    }
    return ModelInputs(**(plain | changes))


def of_feed(
    transport: str, feed: FeedSpec, *, interval_s: float, transit_ns: int, s: float
) -> ModelInputs:
    """As it comes out of a run: fifty clients, a window of so many seconds after one of warm-up."""
    plan = msgspec.structs.replace(
        runs.scenario([transport], 1),
        feed=feed,
        clients=ClientsSpec(count=50),
        poll=PollSpec(interval_s=interval_s),
        trial=TrialSpec(duration_s=s),
    )
    measured = msgspec.structs.replace(runs.MAKERS.get(transport, runs.websocket)(), exchange=SIZES)
    assert measured.link
    link = msgspec.structs.replace(measured.link, rtt=runs.durations([2 * transit_ns]))
    trial = runs.trial(transport, 1, msgspec.structs.replace(measured, link=link))
    return model_inputs(runs.run([trial], plan), trial)
