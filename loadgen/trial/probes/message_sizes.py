"""The sizes of a poll, or of a POST, and of its answers: what theory counts bytes with.

A trial's own counters say how many bytes went over the wire in all; to predict that number one has
to know what a single request and a single answer weigh, and from another source.
"""

import ssl
from collections.abc import Callable
from functools import partial

from loadgen.clients.header_profiles import post_request
from loadgen.runfile.figures import Exchange
from loadgen.runfile.scenario import HeaderProfile
from loadgen.trial.probes.blocking_poll import Answer, Polls, connected, receive

TRIES = 50  # to meet a moment without a new event


def see(
    url: str,
    headers: HeaderProfile,
    *,
    timeout_s: float | None,
    keep_alive: bool,
    tls: ssl.SSLContext | None = None,
    after: int = 0,
) -> Exchange | None:
    """Poll a server that has published, and weigh what goes and comes.

    url: of the endpoint, as in the ready line. timeout_s: of a long poll, None for a short one.
    after: a cursor; what came after it is still held, and is not too much. None where the server
    has no event since, has a new one at every look, or is gone. Blocking.
    """
    polls = Polls(url=url, headers=headers, timeout_s=timeout_s, tls=tls)
    ask = partial(polls.ask, keep_alive=keep_alive)
    request = partial(polls.request, hold_s=timeout_s, keep_alive=keep_alive)
    try:
        everything = ask(after)
        latest = ask(everything.events[-1].seq - 1)
        empty = _meet_empty(ask, latest.events[-1].seq)
    except (OSError, ValueError):
        return None
    # Filled-up headers take the digits of a length out of their filling.
    grown = everything.digits - latest.digits
    digit_bytes = (
        (everything.head - latest.head) // grown if grown else int(headers != "quantum-2010")
    )
    return Exchange(
        request_bytes=len(request(1)),
        request_digit_bytes=len(request(10)) - len(request(1)),
        empty_bytes=empty.size,
        answer_bytes=latest.head - (latest.digits - 1) * digit_bytes,
        answer_digit_bytes=digit_bytes,
    )


def see_post(
    url: str, headers: HeaderProfile, text_bytes: int, tls: ssl.SSLContext | None = None
) -> Exchange | None:
    """Send a text of this many bytes to an echo, and weigh what goes and comes.

    None where the server is gone, or does not take them. Blocking.
    """
    request = post_request(headers, url)(b"x" * text_bytes)
    try:
        with connected(url, tls) as sock:
            sock.sendall(request)
            answer = receive(sock)
    except OSError:
        return None
    if answer.status != 200:
        return None
    return Exchange(
        request_bytes=len(request),
        request_digit_bytes=0,
        empty_bytes=0,
        answer_bytes=answer.size,
        answer_digit_bytes=0,
    )


def _meet_empty(ask: Callable[[int], Answer], after: int) -> Answer:
    """An answer without events. ValueError where there is a new event at each look."""
    for _ in range(TRIES):
        answer = ask(after)
        if answer.status == 204:
            return answer
        after = answer.events[-1].seq
    raise ValueError("no look without an event")
