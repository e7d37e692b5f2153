"""A poll over a bare blocking socket, which the probes of sizes and of CPU time make."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httptools

from feed.event import Event, decode_batch
from loadgen.clients.header_profiles import poll_request
from loadgen.runfile.scenario import HeaderProfile

ANSWERED_WITHIN_S = 5.0
SHORT_WAIT_S = 0.001


@dataclass
class Answer:
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

    @property
    def events(self) -> list[Event]:
        """In the order in which they came. ValueError where there is none."""
        found = decode_batch(self.body) if self.status == 200 else []
        if not found:
            raise ValueError("an answer without events")
        return found


@dataclass(frozen=True, kw_only=True)
class Polls:
    """Polls of one kind at `url`; timeout_s: of a long poll, None for a short one."""

    url: str
    headers: HeaderProfile
    timeout_s: float | None = None
    keep_alive: bool = True
    tls: ssl.SSLContext | None = None

    def request(self, after: int, timeout_s: float | None) -> bytes:
        """As the clients send it."""
        make = poll_request(self.headers, self.url, timeout_s=timeout_s, keep_alive=self.keep_alive)
        return make(after)

    def ask(self, after: int, over: socket.socket | None = None) -> Answer:
        """Over that connection or one of its own; waits for no event. OSError: no whole answer."""
        request = self.request(after, self.timeout_s and SHORT_WAIT_S)
        with contextlib.nullcontext(over) if over else self.connected() as sock:
            sock.sendall(request)
            return receive(sock)

    @contextlib.contextmanager
    def connected(self) -> Iterator[socket.socket]:
        """An open connection, through TLS where it is asked for. Raises OSError."""
        place = urlsplit(self.url)
        assert place.hostname
        address = (place.hostname, place.port or 80)
        with socket.create_connection(address, ANSWERED_WITHIN_S) as bare:
            bare.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is None:
                yield bare
                return
            with self.tls.wrap_socket(bare, server_hostname=place.hostname) as sock:
                yield sock


def receive(sock: socket.socket) -> Answer:
    """The answer to a poll that was sent. OSError where no whole one comes, or not in time."""
    answer = Answer()
    parser = httptools.HttpResponseParser(answer)
    while not answer.complete:
        data = sock.recv(65536)
        if not data:
            raise ConnectionError("the server closed in the middle of its answer")
        answer.size += len(data)
        parser.feed_data(data)
    answer.status = parser.get_status_code()
    return answer
