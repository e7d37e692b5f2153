"""Aggregation of Recorders to a Tally: arrivals and requests, compared with the planned events.

Arrays in, counts and samples out. An interval [start, end) includes its start and not its end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from feed.event import Event
from loadgen.recording.inferred_feed import PlannedFeed
from loadgen.recording.recorder import Ints, Recorder, Table
from loadgen.recording.tally import Tally, merge
from loadgen.recording.time_series import Steps

Flags = npt.NDArray[np.bool_]


def aggregate(
    recorders: Iterable[Recorder],
    events: Sequence[Event] | PlannedFeed,
    epoch_ns: int,
    window_start_ns: int,
    window_end_ns: int,
    *,
    readings_ns: tuple[int, int] | None = None,
    by_answer: bool = False,
) -> Tally:
    """The Tally of these clients, which all had the same plan.

    events: all planned events of the trial, seq 1, 2, 3 … without a gap; of an echo the answers, an
    arrival each. The window's ends are in ns since the epoch, which is on the recorders' clock.
    readings_ns: the instants, on that clock, at which the bytes on the wire were read; what arrived
    in between is `received`. None: at the window's very ends. by_answer: a request belongs to the
    window where its answer came in it, as with a long poll, which has no slot; else where its
    planned instant lies in it.
    """
    feed = events if isinstance(events, PlannedFeed) else PlannedFeed.of(events)
    window = Steps(epoch_ns + window_start_ns, epoch_ns + window_end_ns)
    plan = _Plan(
        due=feed.due,
        payload_bytes=feed.payload_bytes,
        counted=window.contains(epoch_ns + feed.due),
        epoch_ns=epoch_ns,
        window=window,
        readings=Steps(*readings_ns) if readings_ns else window,
        by_answer=by_answer,
    )
    return merge([_aggregate_one(recorder, plan) for recorder in recorders])


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """Event `seq` is at index seq - 1. window, readings: on the recorders' clock."""

    due: Ints
    payload_bytes: Ints
    counted: Flags  # due within the window
    epoch_ns: int
    window: Steps
    readings: Steps
    by_answer: bool


def _aggregate_one(recorder: Recorder, plan: _Plan) -> Tally:
    arrivals = recorder.arrivals()
    deliveries = _deliveries(arrivals, plan)
    return Tally(
        gaps=recorder.gaps,
        steps=_steps(recorder, arrivals, deliveries["due_ns"], plan),
        **_volume(arrivals, plan),
        **deliveries,
        **_requests(recorder, plan),
    )


def _volume(arrivals: Table, plan: _Plan) -> dict[str, Any]:
    """Of all arrivals, in the plan or not."""
    seq, _, message_bytes, received_ns = arrivals.T
    known = _known(arrivals, plan)
    inside = plan.readings.contains(received_ns)
    payload_bytes = np.zeros_like(message_bytes)
    payload_bytes[known] = plan.payload_bytes[seq[known] - 1]
    return {
        "received": _count(inside),
        "foreign": _count(~known),
        "window_payload_bytes": int(payload_bytes[inside].sum()),
        "window_message_bytes": int(message_bytes[inside].sum()),
        "whole_payload_bytes": int(payload_bytes.sum()),
        "whole_message_bytes": int(message_bytes.sum()),
    }


def _deliveries(arrivals: Table, plan: _Plan) -> dict[str, Any]:
    """Of the window's events, in the order in which they came."""
    seq, due, _, received_ns = arrivals[_known(arrivals, plan)].T
    counted = plan.counted[seq - 1]
    first = np.zeros_like(counted)
    first[np.unique(seq, return_index=True)[1]] = True
    behind = seq < np.maximum.accumulate(seq)
    delivered = counted & first
    return {
        "expected": _count(plan.counted),
        "delivered": _count(delivered),
        "duplicates": _count(counted & ~first),
        "out_of_order": _count(counted & behind),
        "late": _count(delivered & (received_ns >= plan.window.end_ns)),
        "latency_ns": (received_ns - due)[delivered] - plan.epoch_ns,
        "due_ns": due[delivered] + plan.epoch_ns - plan.window.start_ns,
    }


def _steps(recorder: Recorder, arrivals: Table, due_ns: Ints, plan: _Plan) -> dict[str, Ints]:
    """The counts of figures.Series. due_ns: of the deliveries, since the window's start."""
    planned_ns, _, answered_ns, events = recorder.requests().T
    _, _, message_bytes, received_ns = arrivals.T
    asked_ns = answered_ns if plan.by_answer else planned_ns
    counts = plan.window.counts
    return {
        "expected": counts(plan.due + plan.epoch_ns),
        "delivered": counts(due_ns + plan.window.start_ns),
        "received": counts(received_ns),
        "message_bytes": counts(received_ns, message_bytes),
        "useful": counts(asked_ns[events > 0]),
        "empty": counts(asked_ns[events == 0]),
    }


def _requests(recorder: Recorder, plan: _Plan) -> dict[str, Any]:
    """Of requests, and of the texts of an echo."""
    planned_ns, sent_ns, received_ns, events = recorder.requests().T
    failed_planned_ns, failed_sent_ns = recorder.failed_requests().T
    text_planned_ns, begun_ns, text_sent_ns, text_bytes = recorder.texts().T
    answered = plan.window.contains(received_ns if plan.by_answer else planned_ns)
    failed = plan.window.contains(failed_planned_ns)
    delay_ns = (sent_ns - planned_ns)[answered]
    failed_delay_ns = (failed_sent_ns - failed_planned_ns)[failed]
    # An echo's delay is that of its texts, which is known for each, answered or not.
    text_delay_ns = (begun_ns - text_planned_ns)[plan.window.contains(text_planned_ns)]
    sent_delay_ns = np.concatenate([delay_ns, failed_delay_ns])
    return {
        "useful": _count(answered & (events > 0)),
        "empty": _count(answered & (events == 0)),
        "failed": _count(failed),
        "missed_slots": _count(plan.window.contains(recorder.missed_ns())),
        "delay_ns": text_delay_ns if text_planned_ns.size else sent_delay_ns,
        "window_up_bytes": int(text_bytes[plan.readings.contains(text_sent_ns)].sum()),
        "whole_up_bytes": int(text_bytes.sum()),
    }


def _known(arrivals: Table, plan: _Plan) -> Flags:
    """Which arrivals are in the plan, with the due time that they have there."""
    seq, due, _, _ = arrivals.T
    known: Flags = (seq >= 1) & (seq <= plan.due.size)
    known[known] = due[known] == plan.due[seq[known] - 1]
    return known


def _count(flags: Flags) -> int:
    return int(np.count_nonzero(flags))
