"""The sizes of one poll and its answers, and its time, seen once after a trial: theory's units.

A trial's own counters say how many bytes went over the wire in all; to predict that number one has
to know what a single request and a single answer weigh, and from another source. What falls due
while the server answers other polls waits for the next one, so theory needs the time of one, too.
"""

import socket
import ssl
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from time import monotonic_ns
from urllib.parse import urlsplit

import httptools

from feed.event import decode_batch
from loadgen.figures import Exchange
from loadgen.headers import poll_request
from loadgen.scenario import HeaderProfile

ANSWERED_WITHIN_S = 5.0
TRIES = 50  # to meet a moment without a new event
HOLD_S = 0.001
WARM_UP = 3  # the first polls of a connection take longer
TIMED = 21


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


@dataclass(frozen=True, kw_only=True)
class _Polls:
    """Polls of one kind at `url`; timeout_s: of a long poll, None for a short one."""

    url: str
    headers: HeaderProfile
    timeout_s: float | None
    tls: ssl.SSLContext | None

    def request(self, after: int, hold_s: float | None, *, keep_alive: bool) -> bytes:
        place = urlsplit(self.url)
        make = poll_request(
            self.headers,
            place.netloc,
            place.path,
            timeout_s=hold_s,
            keep_alive=keep_alive,
            scheme=place.scheme,
        )
        return make(after)

    def ask(self, after: int, *, keep_alive: bool) -> _Answer:
        """Over a connection of its own, not held for long. OSError where no whole answer comes."""
        request = self.request(after, self.timeout_s and HOLD_S, keep_alive=keep_alive)
        with self._connected() as sock:
            return _exchange(sock, request)

    def service_ns(self, after: int) -> int:
        """Of one poll that finds events: the median on one open connection, nothing else going on.

        From sending it until its whole answer is there, with loopback's own way in it.
        """
        request = self.request(after, self.timeout_s, keep_alive=True)
        taken_ns = []
        with self._connected() as sock:
            for _ in range(WARM_UP + TIMED):
                sent_ns = monotonic_ns()
                _exchange(sock, request)
                taken_ns.append(monotonic_ns() - sent_ns)
        return round(statistics.median(taken_ns[WARM_UP:]))

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        place = urlsplit(self.url)
        address = (place.hostname or "", place.port or 80)
        with socket.create_connection(address, ANSWERED_WITHIN_S) as bare:
            bare.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is None:
                yield bare
                return
            with self.tls.wrap_socket(bare, server_hostname=place.hostname) as sock:
                yield sock


def see(
    url: str,
    headers: HeaderProfile,
    *,
    timeout_s: float | None,
    keep_alive: bool,
    tls: ssl.SSLContext | None = None,
    after: int = 0,
) -> Exchange | None:
    """Poll a server that has published, weigh what goes and comes, and time it.

    url: of the endpoint, as in the ready line. timeout_s: of a long poll, None for a short one.
    after: a cursor; what came after it is still held, and is not too much. None where the server
    has no event since, has a new one at every look, or is gone. Blocking.
    """
    polls = _Polls(url=url, headers=headers, timeout_s=timeout_s, tls=tls)
    ask = partial(polls.ask, keep_alive=keep_alive)
    request = partial(polls.request, hold_s=timeout_s, keep_alive=keep_alive)
    try:
        everything = ask(after)
        latest = ask(_last_seq(everything) - 1)
        empty = _meet_empty(ask, _last_seq(latest))
        service_ns = polls.service_ns(_last_seq(latest) - 1)
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
        service_ns=service_ns,
    )


def _exchange(sock: socket.socket, request: bytes) -> _Answer:
    """One poll over an open connection. OSError where no whole answer comes."""
    answer = _Answer()
    parser = httptools.HttpResponseParser(answer)
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
