"""A trial replayed as arithmetic: when each client must receive the sampled due times.

Clients and servers take no time here, and a message takes one transit. What a trial takes longer
than that is the time of its server, its generator and its machine.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace

import numpy as np

from feed.transport import SSE
from reports.theory.model.inputs import NEVER_NS, ModelInputs, SampledFeed
from reports.theory.model.wire_sizes import (
    CONNECTION_BYTES,
    DELAYED_ACK_NS,
    FRAMED,
    HEARTBEAT_BYTES,
    HEARTBEAT_NS,
    PING_BYTES,
    PONG_BYTES,
    Flags,
    Ints,
    digits,
    one_way,
)

MAX_ROWS = 2_000_000
EDGE_NS = 10_000_000


@dataclass(frozen=True, eq=False)
class Outcome:
    """A replayed trial, all clients together.

    latency_ns  ascending, of the events that were due in the window; a sample stands for several
                clients, and for equally many.
    at_edges    requests that are counted within `EDGE_NS` of an end of the window: a little delay
                moves them in or out.
    up_bytes, down_bytes  of the protocol, in the window; None where the sizes are not known.
    ip_bytes    of the same exchanges on a network with an MTU of 1,500.
    """

    latency_ns: Ints
    requests: float
    empty: float
    at_edges: float
    received: float
    message_bytes: float
    up_bytes: float | None
    down_bytes: float | None
    ip_bytes: float | None


@dataclass(frozen=True, eq=False)
class _Polls:
    """A row for each poll, client after client; instants are ns since the epoch.

    counted_ns   the instant by which it belongs to the window or not.
    first, last  events known before and after its answer.
    idle_ns      from an answer to the client's next request.
    weight       how many clients each simulated one stands for.
    """

    planned_ns: Ints
    answered_ns: Ints
    counted_ns: Ints
    first: Ints
    last: Ints
    idle_ns: int
    weight: float


def short_poll(inputs: ModelInputs, feed: SampledFeed) -> Outcome:
    """On a grid, at phases spread evenly (poll_grid.py): slot k at phase + k × step.

    A poll brings all that was due when it reached the server, and belongs to the window by its
    slot. With a great many events or slots, fewer clients at as even phases stand for all of them.
    """
    step_ns, until_ns = inputs.step_ns, inputs.end_ns + inputs.step_ns
    slots = until_ns // step_ns + 1
    clients = min(inputs.clients, max(1, MAX_ROWS // max(slots, feed.due_ns.size)))
    phases = (2 * np.arange(clients) + 1) * inputs.interval_ns // (2 * clients)
    slots_ns = phases[:, None] + step_ns * np.arange(slots)
    last = np.searchsorted(feed.due_ns, slots_ns + inputs.reach_ns, side="right")
    first = np.concatenate([np.zeros((clients, 1), dtype=last.dtype), last[:, :-1]], axis=1)
    planned_ns = slots_ns.ravel()
    polls = _Polls(
        planned_ns=planned_ns,
        answered_ns=planned_ns + inputs.turnaround_ns,
        counted_ns=planned_ns,
        first=first.ravel(),
        last=last.ravel(),
        idle_ns=step_ns - inputs.turnaround_ns,
        weight=inputs.clients / clients,
    )
    return _polled(inputs, feed, polls)


def long_poll(inputs: ModelInputs, feed: SampledFeed) -> Outcome:
    """One always out: answered at its arrival or at the next due time, whichever is later.

    It belongs to the window by the instant of its answer. All clients begin at the epoch and get
    the same answers, so that one stands for all of them.
    """
    due_ns: list[int] = feed.due_ns.tolist()
    due_before_end = bisect_left(due_ns, inputs.end_ns)
    reach_ns, back_ns = inputs.reach_ns, inputs.serving_ns + inputs.transit_ns
    rows: list[tuple[int, int, int, int]] = []
    planned_ns = known = 0
    while planned_ns < inputs.end_ns or known < due_before_end:
        arrives_ns = planned_ns + reach_ns
        next_due_ns = due_ns[known] if known < len(due_ns) else NEVER_NS
        found_ns = max(arrives_ns, min(next_due_ns, arrives_ns + inputs.timeout_ns))
        found, answered_ns = bisect_right(due_ns, found_ns), found_ns + back_ns
        rows.append((planned_ns, answered_ns, known, found))
        planned_ns, known = answered_ns, found
    planned, answered, first, last = np.array(rows, dtype=np.int64).T
    idle_ns, weight = reach_ns - inputs.transit_ns, inputs.clients
    polls = _Polls(planned, answered, answered, first, last, idle_ns, weight)
    return _polled(inputs, feed, polls)


def socketio_long_poll(inputs: ModelInputs, feed: SampledFeed) -> Outcome:
    """A long poll that ends with an event or a ping; a pong is a POST. No sizes are known."""
    outcome = long_poll(replace(inputs, timeout_ns=NEVER_NS, sizes=None), feed)
    more = 2 * inputs.clients * inputs.pings
    return replace(outcome, requests=outcome.requests + more, empty=outcome.empty + more)


def _polled(inputs: ModelInputs, feed: SampledFeed, polls: _Polls) -> Outcome:
    carried = polls.last - polls.first
    rows = np.repeat(np.arange(carried.size), carried)
    events = np.arange(rows.size) + np.repeat(polls.last - np.cumsum(carried), carried)
    answered_ns, due_ns = polls.answered_ns[rows], feed.due_ns[events]
    counted, arrived = in_window(inputs, polls.counted_ns), in_window(inputs, answered_ns)
    edges = (inputs.start_ns, inputs.end_ns)
    at_edges = sum(np.count_nonzero(np.abs(polls.counted_ns - edge) <= EDGE_NS) for edge in edges)
    up, down, ip = _poll_bytes(inputs, feed, polls)
    return Outcome(
        latency_ns=np.sort((answered_ns - due_ns)[in_window(inputs, due_ns)]),
        requests=polls.weight * np.count_nonzero(counted),
        empty=polls.weight * np.count_nonzero(counted & (carried == 0)),
        at_edges=polls.weight * at_edges,
        received=polls.weight * np.count_nonzero(arrived),
        message_bytes=polls.weight * int(feed.message_bytes[events][arrived].sum()),
        up_bytes=up,
        down_bytes=down,
        ip_bytes=ip,
    )


def push(inputs: ModelInputs, feed: SampledFeed) -> Outcome:
    """Each event arrives one transit after it was due, as its transport frames it."""
    due_ns, clients = feed.due_ns, inputs.clients
    arrived, pinged = in_window(inputs, due_ns + inputs.transit_ns), clients * inputs.pings
    seq = np.arange(1, due_ns.size + 1)
    sizes = FRAMED[inputs.transport](seq, feed.message_bytes)[arrived]
    if inputs.transport == SSE:
        sizes = np.append(sizes, _heartbeats(inputs, due_ns))
    packets = one_way(sizes, np.zeros(sizes.size, dtype=bool))
    return Outcome(
        latency_ns=np.full(np.count_nonzero(in_window(inputs, due_ns)), inputs.transit_ns),
        requests=0,
        empty=0,
        at_edges=0,
        received=clients * int(np.count_nonzero(arrived)),
        message_bytes=clients * int(feed.message_bytes[arrived].sum()),
        up_bytes=pinged * PONG_BYTES,
        down_bytes=clients * int(sizes.sum()) + pinged * PING_BYTES,
        ip_bytes=None if pinged else clients * int(packets.sum()),
    )


def _heartbeats(inputs: ModelInputs, due_ns: Ints) -> Ints:
    """The size of each comment of the window: one for every 15 s in which nothing was due.

    When a client comes before the epoch is not known: its silence counts from there.
    """
    silent_from = np.concatenate([[0], due_ns])
    silent_to = np.concatenate([due_ns, [inputs.end_ns]])
    count = np.maximum(silent_to - silent_from - 1, 0) // HEARTBEAT_NS
    rank = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + 1
    instants = np.repeat(silent_from, count) + rank * HEARTBEAT_NS + inputs.transit_ns
    return np.full(np.count_nonzero(in_window(inputs, instants)), HEARTBEAT_BYTES)


def _poll_bytes(
    inputs: ModelInputs, feed: SampledFeed, polls: _Polls
) -> tuple[float | None, float | None, float | None]:
    """Up and down in the window, by the instants of request and answer; and as IP packets."""
    sizes = inputs.sizes
    if sizes is None:
        return None, None, None
    requests = sizes.request_bytes + sizes.request_digit_bytes * (digits(polls.first) - 1)
    summed = np.concatenate([[0], np.cumsum(feed.message_bytes)])
    carried = polls.last - polls.first
    bodies = summed[polls.last] - summed[polls.first] + carried + 1  # a JSON array: n + 1 more
    heads = sizes.answer_bytes + sizes.answer_digit_bytes * (digits(bodies) - 1)
    answers = np.where(carried > 0, heads + bodies, sizes.empty_bytes)
    sent_ns = polls.planned_ns + inputs.reach_ns - inputs.transit_ns
    up = requests[in_window(inputs, sent_ns)].sum()
    inside = in_window(inputs, polls.answered_ns)
    waited_ns = polls.answered_ns - polls.planned_ns - inputs.turnaround_ns - inputs.serving_ns
    ip = one_way(requests, waited_ns < DELAYED_ACK_NS)
    ip += one_way(answers, np.full(answers.size, polls.idle_ns < DELAYED_ACK_NS))
    ip += 0 if inputs.keep_alive else CONNECTION_BYTES
    down, packets = answers[inside].sum(), ip[inside].sum()
    return polls.weight * int(up), polls.weight * int(down), polls.weight * int(packets)


def in_window(inputs: ModelInputs, instants_ns: Ints) -> Flags:
    return (inputs.start_ns <= instants_ns) & (instants_ns < inputs.end_ns)
