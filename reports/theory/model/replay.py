"""A trial replayed as arithmetic: when each client must receive the sampled due times.

Clients and servers take no time here, and a message takes one transit. What a trial takes longer
than that is the time of its server, its generator and its machine.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from feed.transport import SSE
from reports.theory.model.inputs import Ints, ModelInputs, SampledFeed
from reports.theory.model.polls import Polls, long_polls, short_polls
from reports.theory.model.wire_sizes import (
    CONNECTION_BYTES,
    DELAYED_ACK_NS,
    FRAMED,
    HEARTBEAT_BYTES,
    HEARTBEAT_NS,
    digits,
    one_way,
)

Flags = npt.NDArray[np.bool_]
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


def short_poll(inputs: ModelInputs, feed: SampledFeed) -> Outcome:
    """A poll belongs to the window by its slot."""
    polls = short_polls(inputs, feed)
    return _polled(inputs, feed, polls, polls.planned_ns)


def long_poll(inputs: ModelInputs, feed: SampledFeed) -> Outcome:
    """A poll belongs to the window by the instant of its answer."""
    polls = long_polls(inputs, feed)
    return _polled(inputs, feed, polls, polls.answered_ns)


def _polled(inputs: ModelInputs, feed: SampledFeed, polls: Polls, counted_ns: Ints) -> Outcome:
    """counted_ns: the instants by which the polls belong to the window or not."""
    carried = polls.last - polls.first
    rows = np.repeat(np.arange(carried.size), carried)
    events = np.arange(rows.size) + np.repeat(polls.last - np.cumsum(carried), carried)
    answered_ns, due_ns = polls.answered_ns[rows], feed.due_ns[events]
    counted, arrived = in_window(inputs, counted_ns), in_window(inputs, answered_ns)
    edges = (inputs.start_ns, inputs.end_ns)
    at_edges = sum(np.count_nonzero(np.abs(counted_ns - edge) <= EDGE_NS) for edge in edges)
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
    arrived = in_window(inputs, due_ns + inputs.transit_ns)
    down = ip = None
    if framed := FRAMED.get(inputs.transport):
        seq = np.arange(1, due_ns.size + 1)
        sizes = framed(seq, feed.message_bytes)[arrived]
        if inputs.transport == SSE:
            sizes = np.append(sizes, _heartbeats(inputs, due_ns))
        down = float(clients * int(sizes.sum()))
        ip = float(clients * int(one_way(sizes, np.zeros(sizes.size, dtype=bool)).sum()))
    return Outcome(
        latency_ns=np.full(np.count_nonzero(in_window(inputs, due_ns)), inputs.transit_ns),
        requests=0,
        empty=0,
        at_edges=0,
        received=clients * int(np.count_nonzero(arrived)),
        message_bytes=clients * int(feed.message_bytes[arrived].sum()),
        up_bytes=None if down is None else 0.0,
        down_bytes=down,
        ip_bytes=ip,
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
    inputs: ModelInputs, feed: SampledFeed, polls: Polls
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
    ip = one_way(requests, polls.waited_ns < DELAYED_ACK_NS)
    ip += one_way(answers, np.full(answers.size, polls.idle_ns < DELAYED_ACK_NS))
    ip += 0 if inputs.keep_alive else CONNECTION_BYTES
    down, packets = answers[inside].sum(), ip[inside].sum()
    return polls.weight * int(up), polls.weight * int(down), polls.weight * int(packets)


def in_window(inputs: ModelInputs, instants_ns: Ints) -> Flags:
    return (inputs.start_ns <= instants_ns) & (instants_ns < inputs.end_ns)
