"""The sizes of one poll and its answers, seen once after a trial: what theory multiplies.

A trial's own counters say how many bytes went over the wire in all; to predict that number one has
to know what a single request and a single answer weigh, and from another source.
"""

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httptools

from feed.event import decode_batch
from loadgen.headers import poll_request
from loadgen.run import Exchange
from loadgen.scenario import HeaderProfile

ANSWERED_WITHIN_S = 5.0
TRIES = 50  # to meet a moment without a new event
HOLD_S = 0.001


@dataclass
class _Answer:
    """An answer as it came: all of its bytes, and its body."""

    size: int = 0
    body: bytes = b""
    status: int = 0
    complete: bool = field(default=False, repr=False)

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        self.complete = True

    @property
    def head(self) -> int:
        return self.size - len(self.body)

    @property
    def digits(self) -> int:
        """Of the body's length, as Content-Length writes it."""
        return len(str(len(self.body)))


def see(
    url: str,
    headers: HeaderProfile,
    *,
    timeout_s: float | None,
    keep_alive: bool,
    tls: ssl.SSLContext | None = None,
) -> Exchange | None:
    """Poll a server that has published, and weigh what goes and comes.

    url: of the endpoint, as in the ready line. timeout_s: of a long poll, None for a short one.
    None where the server has no event yet, has a new one at every look, or is gone. Blocking.
    """
    place = urlsplit(url)

    def request(after: int, hold_s: float | None = timeout_s) -> bytes:
        host, path = place.netloc, place.path
        make = poll_request(
            headers,
            host,
            path,
            timeout_s=hold_s,
            keep_alive=keep_alive,
            scheme=place.scheme,
        )
        return make(after)

    def ask(after: int) -> _Answer:
        return _ask(url, request(after, timeout_s and HOLD_S), tls)

    try:
        everything = ask(0)
        latest = ask(_last_seq(everything) - 1)
        empty = _meet_empty(ask, _last_seq(latest))
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


def _ask(url: str, request: bytes, tls: ssl.SSLContext | None) -> _Answer:
    """One request over a connection of its own. OSError where no whole answer comes."""
    place = urlsplit(url)
    host, port = place.hostname or "", place.port or 80
    answer = _Answer()
    parser = httptools.HttpResponseParser(answer)
    with socket.create_connection((host, port), ANSWERED_WITHIN_S) as bare:
        sock = tls.wrap_socket(bare, server_hostname=host) if tls else bare
        sock.sendall(request)
        while not answer.complete:
            data = sock.recv(65536)
            if not data:
                raise ConnectionError("the server closed in the middle of its answer")
            answer.size += len(data)
            parser.feed_data(data)
    answer.status = parser.get_status_code()
    return answer


def _last_seq(answer: _Answer) -> int:
    """Of the newest event in it. ValueError where there is none."""
    events = decode_batch(answer.body) if answer.status == 200 else []
    if not events:
        raise ValueError("an answer without events")
    return events[-1].seq


def _meet_empty(ask: Callable[[int], _Answer], after: int) -> _Answer:
    """An answer without events. ValueError where there is a new event at each look."""
    for _ in range(TRIES):
        answer = ask(after)
        if answer.status == 204:
            return answer
        after = _last_seq(answer)
    raise ValueError("no look without an event")
