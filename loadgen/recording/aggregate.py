"""From Recorders to a Tally: what the clients of one worker saw, held against what was planned.

Pure: arrays in, counts and samples out. An interval [start, end) holds its start and not its end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from feed.event import Event
from loadgen.recording.inferred_feed import Drawn
from loadgen.recording.recorder import Recorder, Table
from loadgen.recording.tally import Ints, Tally, merge
from loadgen.recording.time_series import Steps

Flags = npt.NDArray[np.bool_]


def fold(
    recorders: Iterable[Recorder],
    events: Sequence[Event] | Drawn,
    epoch_ns: int,
    window_start_ns: int,
    window_end_ns: int,
    *,
    readings_ns: tuple[int, int] | None = None,
    by_answer: bool = False,
) -> Tally:
    """Hold what the recorders have against the plan.

    events: all planned events of the trial, seq 1, 2, 3 … without a gap, or as they were seen.
    The window's ends are in ns since the epoch, which is on the recorders' clock. readings_ns: the
    instants, on that clock, at which the bytes on the wire were read; what arrived in between is
    `received`. None: at the window's very ends. by_answer: a request belongs to the window where
    its answer came in it, as with a long poll, which has no slot; else where its planned instant
    lies in it.
    """
    plan = _Plan.of(events, epoch_ns, window_start_ns, window_end_ns)
    first_ns, last_ns = readings_ns or (plan.start_ns, plan.end_ns)
    plan = replace(plan, first_ns=first_ns, last_ns=last_ns, by_answer=by_answer)
    return merge([_fold_one(recorder, plan) for recorder in recorders])


def fold_echo(
    recorder: Recorder,
    due_ns: Ints,
    answer_bytes: int,
    epoch_ns: int,
    window_ns: range,
    readings_ns: tuple[int, int],
) -> Tally:
    """Hold what one client of an echo has seen against its own plan: an answer is an arrival.

    due_ns: of its texts, number 1, 2, 3 …, since the epoch. answer_bytes: of each answer.
    """
    sizes = np.full(due_ns.size, answer_bytes, dtype=np.int64)
    plan = _Plan.at(due_ns, sizes, epoch_ns, window_ns.start, window_ns.stop)
    return _fold_one(recorder, replace(plan, first_ns=readings_ns[0], last_ns=readings_ns[1]))


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """Event `seq` is at index seq - 1. From start_ns on, instants are on the recorders' clock."""

    due: Ints
    payload_bytes: Ints
    counted: Flags  # due within the window
    epoch_ns: int
    start_ns: int
    end_ns: int
    first_ns: int = 0
    last_ns: int = 0
    by_answer: bool = False

    @classmethod
    def of(cls, events: Sequence[Event] | Drawn, epoch_ns: int, start_ns: int, end_ns: int) -> Self:
        drawn = events if isinstance(events, Drawn) else Drawn.of(events)
        return cls.at(drawn.due, drawn.payload_bytes, epoch_ns, start_ns, end_ns)

    @classmethod
    def at(cls, due: Ints, payload_bytes: Ints, epoch_ns: int, start_ns: int, end_ns: int) -> Self:
        return cls(
            due=due,
            payload_bytes=payload_bytes,
            counted=(start_ns <= due) & (due < end_ns),
            epoch_ns=epoch_ns,
            start_ns=epoch_ns + start_ns,
            end_ns=epoch_ns + end_ns,
        )

    @property
    def steps(self) -> Steps:
        return Steps(self.start_ns, self.end_ns)

    def holds(self, instants_ns: Ints) -> Flags:
        """Which of these instants lie within the window."""
        return (self.start_ns <= instants_ns) & (instants_ns < self.end_ns)


def _fold_one(recorder: Recorder, plan: _Plan) -> Tally:
    arrivals = recorder.arrivals()
    counts = _deliveries(arrivals, plan)
    # What _sent() says of the delay stands in for what the requests do.
    asked = {**_requests(recorder, plan), **_sent(recorder, plan)}
    return Tally(
        gaps=recorder.gaps,
        steps=_steps(recorder, arrivals, counts["due_ns"], plan),
        **_volume(arrivals, plan),
        **counts,
        **asked,
    )


def _volume(arrivals: Table, plan: _Plan) -> dict[str, Any]:
    """All arrivals, whatever they are."""
    seq, _, message_bytes, received_ns = arrivals.T
    known = _known(arrivals, plan)
    inside = (plan.first_ns <= received_ns) & (received_ns < plan.last_ns)
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
    """The window's events, in the order in which they came."""
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
        "late": _count(delivered & (received_ns >= plan.end_ns)),
        "latency_ns": (received_ns - due)[delivered] - plan.epoch_ns,
        "due_ns": due[delivered] + plan.epoch_ns - plan.start_ns,
    }


def _steps(recorder: Recorder, arrivals: Table, due_ns: Ints, plan: _Plan) -> dict[str, Ints]:
    """What figures.Series counts."""
    planned_ns, _, answered_ns, events = recorder.requests().T
    _, _, message_bytes, received_ns = arrivals.T
    asked_ns = answered_ns if plan.by_answer else planned_ns
    return {
        "expected": plan.steps.counts(plan.due + plan.epoch_ns),
        "delivered": plan.steps.counts(due_ns + plan.start_ns),
        "received": plan.steps.counts(received_ns),
        "message_bytes": plan.steps.counts(received_ns, message_bytes),
        "useful": plan.steps.counts(asked_ns[events > 0]),
        "empty": plan.steps.counts(asked_ns[events == 0]),
    }


def _requests(recorder: Recorder, plan: _Plan) -> dict[str, Any]:
    planned_ns, sent_ns, received_ns, events = recorder.requests().T
    failed_planned_ns, failed_sent_ns = recorder.failed_requests().T
    answered = plan.holds(received_ns if plan.by_answer else planned_ns)
    failed = plan.holds(failed_planned_ns)
    delay_ns = (sent_ns - planned_ns)[answered]
    failed_delay_ns = (failed_sent_ns - failed_planned_ns)[failed]
    return {
        "useful": _count(answered & (events > 0)),
        "empty": _count(answered & (events == 0)),
        "failed": _count(failed),
        "missed_slots": _count(plan.holds(recorder.missed_ns())),
        "delay_ns": np.concatenate([delay_ns, failed_delay_ns]),
        "service_ns": (received_ns - sent_ns)[answered],
    }


def _sent(recorder: Recorder, plan: _Plan) -> dict[str, Any]:
    """The texts of an echo; how late the generator was is known for each, whatever came of it."""
    planned_ns, begun_ns, sent_ns, text_bytes = recorder.texts().T
    inside = (plan.first_ns <= sent_ns) & (sent_ns < plan.last_ns)
    told = {
        "window_up_bytes": int(text_bytes[inside].sum()),
        "whole_up_bytes": int(text_bytes.sum()),
    }
    if not planned_ns.size:
        return told
    return told | {"delay_ns": (begun_ns - planned_ns)[plan.holds(planned_ns)]}


def _known(arrivals: Table, plan: _Plan) -> Flags:
    """Which arrivals are in the plan, with the due time they have there."""
    seq, due, _, _ = arrivals.T
    known: Flags = (seq >= 1) & (seq <= plan.due.size)
    known[known] = due[known] == plan.due[seq[known] - 1]
    return known


def _count(flags: Flags) -> int:
    return int(np.count_nonzero(flags))
