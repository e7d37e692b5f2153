"""The trial again, as arithmetic: what each client must see of the very due times that were drawn.

Clients and servers take no time here, and a message takes one transit. What a trial takes longer
than that is the time of its server, its generator and its machine.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from feed.transport import SHORT_POLL, SSE
from reports.theory.model.inputs import Drawn, Ints, Premise
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
    """What theory makes of one trial, of all clients together.

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


def polled(premise: Premise, drawn: Drawn, polls: Polls, counted: Flags) -> Outcome:
    """counted: the polls that belong to the window."""
    carried = polls.last - polls.first
    rows = np.repeat(np.arange(carried.size), carried)
    events = np.arange(rows.size) + np.repeat(polls.last - np.cumsum(carried), carried)
    answered_ns = polls.answered_ns[rows]
    due_ns = drawn.due_ns[events]
    arrived = _holds(premise, answered_ns)
    by_slot = premise.transport == SHORT_POLL
    instants = polls.planned_ns if by_slot else polls.answered_ns
    up, down, ip = _poll_bytes(premise, drawn, polls)
    return Outcome(
        latency_ns=np.sort((answered_ns - due_ns)[_holds(premise, due_ns)]),
        requests=polls.weight * _count(counted),
        empty=polls.weight * _count(counted & (carried == 0)),
        at_edges=polls.weight * _at_edges(premise, instants),
        received=polls.weight * _count(arrived),
        message_bytes=polls.weight * int(drawn.message_bytes[events][arrived].sum()),
        up_bytes=up,
        down_bytes=down,
        ip_bytes=ip,
    )


def short_poll(premise: Premise, drawn: Drawn) -> Outcome:
    """A poll belongs to the window by its slot."""
    polls = short_polls(premise, drawn)
    return polled(premise, drawn, polls, _holds(premise, polls.planned_ns))


def long_poll(premise: Premise, drawn: Drawn) -> Outcome:
    """A poll belongs to the window by the instant of its answer."""
    polls = long_polls(premise, drawn)
    return polled(premise, drawn, polls, _holds(premise, polls.answered_ns))


def push(premise: Premise, drawn: Drawn) -> Outcome:
    """Each event arrives one transit after it was due, as its transport frames it."""
    due_ns, clients = drawn.due_ns, premise.clients
    arrived = _holds(premise, due_ns + premise.transit_ns)
    down = ip = None
    if framed := FRAMED.get(premise.transport):
        seq = np.arange(1, due_ns.size + 1)
        sizes = framed(seq, drawn.message_bytes)[arrived]
        if premise.transport == SSE:
            sizes = np.append(sizes, _heartbeats(premise, due_ns))
        down = float(clients * int(sizes.sum()))
        ip = float(clients * int(one_way(sizes, np.zeros(sizes.size, dtype=bool)).sum()))
    return Outcome(
        latency_ns=np.full(_count(_holds(premise, due_ns)), premise.transit_ns),
        requests=0,
        empty=0,
        at_edges=0,
        received=clients * _count(arrived),
        message_bytes=clients * int(drawn.message_bytes[arrived].sum()),
        up_bytes=None if down is None else 0.0,
        down_bytes=down,
        ip_bytes=ip,
    )


def _heartbeats(premise: Premise, due_ns: Ints) -> Ints:
    """The size of each comment of the window: one for every 15 s in which nothing was due.

    When a client comes before the epoch is not known: its silence counts from there.
    """
    silent_from = np.concatenate([[0], due_ns])
    silent_to = np.concatenate([due_ns, [premise.end_ns]])
    count = np.maximum(silent_to - silent_from - 1, 0) // HEARTBEAT_NS
    rank = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + 1
    instants = np.repeat(silent_from, count) + rank * HEARTBEAT_NS + premise.transit_ns
    return np.full(_count(_holds(premise, instants)), HEARTBEAT_BYTES)


def _poll_bytes(
    premise: Premise, drawn: Drawn, polls: Polls
) -> tuple[float | None, float | None, float | None]:
    """Up and down in the window, by the instants of request and answer; and as IP packets."""
    exchange = premise.exchange
    if exchange is None:
        return None, None, None
    requests = exchange.request_bytes + exchange.request_digit_bytes * (digits(polls.first) - 1)
    summed = np.concatenate([[0], np.cumsum(drawn.message_bytes)])
    carried = polls.last - polls.first
    bodies = summed[polls.last] - summed[polls.first] + carried + 1  # a JSON array: n + 1 more
    heads = exchange.answer_bytes + exchange.answer_digit_bytes * (digits(bodies) - 1)
    answers = np.where(carried > 0, heads + bodies, exchange.empty_bytes)
    up = requests[_holds(premise, polls.sent_ns)].sum()
    inside = _holds(premise, polls.answered_ns)
    ip = one_way(requests, polls.held_ns < DELAYED_ACK_NS)
    ip += one_way(answers, polls.idle_ns < DELAYED_ACK_NS)
    ip += 0 if premise.keep_alive else CONNECTION_BYTES
    down, packets = answers[inside].sum(), ip[inside].sum()
    return polls.weight * int(up), polls.weight * int(down), polls.weight * int(packets)


def _holds(premise: Premise, instants_ns: Ints) -> Flags:
    return (premise.start_ns <= instants_ns) & (instants_ns < premise.end_ns)


def _at_edges(premise: Premise, instants_ns: Ints) -> int:
    edges = (premise.start_ns, premise.end_ns)
    return sum(_count(np.abs(instants_ns - edge) <= EDGE_NS) for edge in edges)


def _count(flags: Flags) -> int:
    return int(np.count_nonzero(flags))
