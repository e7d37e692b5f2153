"""Measures the sizes of a poll, or of a POST, and of its answers: what theory counts bytes with.

A trial's own counters say how many bytes went over the wire in all; to predict that number one has
to know what a single request and a single answer weigh, and from another source. So it is asked
for once the clients are gone, while the server still runs.
"""

import msgspec

from feed.transport import LONG_POLL, POST, SHORT_POLL
from loadgen.clients.header_profiles import post_request
from loadgen.runfile.figures import MessageSizes
from loadgen.trial.environment import Environment
from loadgen.trial.planned import Planned
from loadgen.trial.probes.blocking_poll import Answer, Polls, receive
from loadgen.trial.probes.busy_polls import measure_busy
from loadgen.under_test.certificate import client_context
from loadgen.under_test.control_client import ServerReadings

TRIES = 50  # to meet a moment without a new event


def measure_sizes(
    planned: Planned, environment: Environment, readings: ServerReadings | None
) -> MessageSizes | None:
    """The sizes of a poll or a POST, and of short polls what they cost a server without a pause.

    readings: None where the server gives none. None for a transport without either, and where
    compression makes sizes depend on the events.
    """
    scenario, protocol = planned.scenario, planned.name.protocol
    poll, trial = scenario.poll, scenario.trial
    polls = Polls(
        url=environment.direct,
        headers=scenario.clients.headers,
        timeout_s=poll.timeout_s if protocol == LONG_POLL else None,
        keep_alive=poll.keep_alive,
        tls=client_context(environment.authority),
    )
    if protocol == POST:
        return measure_post(polls, scenario.echo.payload_bytes)
    if protocol not in (SHORT_POLL, LONG_POLL) or scenario.http.compression:
        return None
    sizes = measure_poll(polls, after=environment.running.after if environment.running else 0)
    if sizes is None or readings is None or environment.server is None or protocol != SHORT_POLL:
        return sizes
    if scenario.link.loss:  # a lost packet would count as the server's time
        return sizes
    busy = measure_busy(
        polls,
        control=environment.control,
        clients=scenario.clients.count,
        events_per_poll=len(readings.lags_ns) * poll.interval_s / trial.duration_s,
        last_seq=readings.published.last_seq,
    )
    return msgspec.structs.replace(sizes, busy=busy)


def measure_poll(polls: Polls, *, after: int = 0) -> MessageSizes | None:
    """Poll a server that has published, and weigh what goes and comes.

    after: a cursor, since which not too much has come and the server has it still. None where it
    has no event since, has a new one at every poll, or is gone. Blocking.
    """
    try:
        everything = polls.ask(after)
        latest = polls.ask(everything.events[-1].seq - 1)
        empty = _empty(polls, latest.events[-1].seq)
    except (OSError, ValueError):
        return None
    # Filled-up headers take the digits of a length out of their filling.
    grown = everything.digits - latest.digits
    filled = polls.headers == "quantum-2010"
    digit_bytes = (everything.head - latest.head) // grown if grown else int(not filled)
    request_bytes = len(polls.request(1, polls.timeout_s))
    return MessageSizes(
        request_bytes=request_bytes,
        request_digit_bytes=len(polls.request(10, polls.timeout_s)) - request_bytes,
        empty_bytes=empty.size,
        answer_bytes=latest.head - (latest.digits - 1) * digit_bytes,
        answer_digit_bytes=digit_bytes,
    )


def measure_post(polls: Polls, text_bytes: int) -> MessageSizes | None:
    """Send a text of this many bytes to an echo at polls.url, and weigh what goes and comes.

    None where the server is gone, or does not take them. Blocking.
    """
    post = post_request(polls.headers, polls.url)
    request = post(b"x" * text_bytes)
    try:
        with polls.connected() as sock:
            sock.sendall(request)
            answer = receive(sock)
    except OSError:
        return None
    if answer.status != 200:
        return None
    return MessageSizes(len(request), 0, 0, answer.size, 0)


def _empty(polls: Polls, after: int) -> Answer:
    """An answer without events. ValueError where there is a new event at each poll."""
    for _ in range(TRIES):
        answer = polls.ask(after)
        if answer.status == 204:
            return answer
        after = answer.events[-1].seq
    raise ValueError("no poll without an event")
