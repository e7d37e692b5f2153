"""Socket.IO over HTTP polling: one GET is out at all times, and what the client says is POSTed.

As a browser does it, the two go over a connection each, as the server holds the GET.
"""

import asyncio
from collections.abc import Callable
from itertools import count
from time import monotonic_ns
from urllib.parse import urlsplit

from loadgen.clients.client import Subscription
from loadgen.clients.connections.http_channel import Channel
from loadgen.clients.header_profiles import request
from loadgen.clients.socketio.session import ACCEPTED_WITHIN_S, SEPARATOR, Session
from loadgen.recording.byte_counters import ByteCounts

QUERY = "?EIO=4&transport=polling"


class SocketIoPollingClient:
    """A Client that subscribes once, polls without a pause, and answers pings."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._session = Session(subscription.recorder)
        self._session.after = subscription.after
        self._gets = _Requests(subscription, self._take, self._on_polled, self._fail)
        self._posts = _Requests(subscription, _nothing, self._on_posted, self._fail)
        self._url = urlsplit(subscription.url)
        self._stamps = count()
        self._unsaid: list[bytes] = []  # packets for the next POST
        self._settled: asyncio.Future[None]
        self._closed = False

    async def connect(self) -> None:
        """Both connections, Engine.IO's handshake and Socket.IO's; from then on a GET is out."""
        self._settled = asyncio.get_running_loop().create_future()
        await asyncio.gather(self._gets.connect(), self._posts.connect())
        self._gets.send(self._request(), monotonic_ns())
        await asyncio.wait([self._settled], timeout=ACCEPTED_WITHIN_S)
        if not self._session.joined:
            raise ConnectionError(self._session.failure or "no answer to Socket.IO's CONNECT")

    def start(self, epoch_ns: int) -> None:
        """Nothing to do: there is a GET out since the handshake."""

    def byte_counts(self) -> ByteCounts:
        return self._gets.byte_counts() + self._posts.byte_counts()

    async def close(self) -> None:
        self._closed = True
        await asyncio.gather(self._gets.close(), self._posts.close())

    def _request(self, body: bytes | None = None) -> bytes:
        # Without a stamp a browser might take an answer from its cache, as no header forbids it.
        target = f"{self._url.path}{QUERY}&t={next(self._stamps):08x}"
        if self._session.sid:
            target += f"&sid={self._session.sid}"
        return request(
            self._subscription.headers,
            self._url.netloc,
            target,
            body,
            keep_alive=self._subscription.keep_alive,
            scheme=self._url.scheme,
            compression=self._subscription.compression,
        )

    def _take(self, body: bytes, received_ns: int) -> int:
        recorder = self._subscription.recorder
        before = recorder.received
        for packet in body.split(SEPARATOR):
            if reply := self._session.take(packet, received_ns):
                self._unsaid.append(reply)
        return recorder.received - before

    def _on_polled(self, received_ns: int) -> None:
        """Poll again first: what is said next is answered by that poll."""
        if not (self._session.failure or self._closed):
            self._gets.send(self._request(), received_ns)
            self._say(received_ns)
        if not self._settled.done() and (self._session.joined or self._session.failure):
            self._settled.set_result(None)

    def _on_posted(self, received_ns: int) -> None:
        if not (self._session.failure or self._closed):
            self._say(received_ns)

    def _say(self, planned_ns: int) -> None:
        if self._unsaid and not self._posts.busy:
            body = SEPARATOR.join(self._unsaid)
            self._unsaid.clear()
            self._posts.send(self._request(body), planned_ns)

    def _fail(self, reason: str) -> None:
        if not self._closed:
            self._session.fail(reason)
        if not self._settled.done():
            self._settled.set_result(None)


class _Requests:
    """Requests of one kind, one at a time, each of them recorded.

    take(body, received_ns) gives the number of events in an answer; then answered(received_ns) is
    called. An answer that is not 200, or none, is the end: fail(reason).
    """

    def __init__(
        self,
        subscription: Subscription,
        take: Callable[[bytes, int], int],
        answered: Callable[[int], None],
        fail: Callable[[str], None],
    ) -> None:
        self.busy = False
        self._recorder = subscription.recorder
        self._take = take
        self._answered = answered
        self._fail = fail
        self._channel = Channel(subscription, self._on_answer, self._on_lost, self._on_unreachable)
        self.connect, self.close = self._channel.connect, self._channel.close
        self.byte_counts = self._channel.byte_counts

    def send(self, request: bytes, planned_ns: int) -> None:
        self.busy = True
        self._planned_ns = planned_ns
        self._sent_ns = monotonic_ns()
        self._channel.send(request)

    def _on_answer(self, status: int, body: bytes, received_ns: int) -> None:
        self.busy = False
        if status != 200:
            self._failed(f"the server answered {status}: {body[:80]!r}")
            return
        events = self._take(body, received_ns)
        self._recorder.request(self._planned_ns, self._sent_ns, received_ns, events)
        self._answered(received_ns)

    def _on_lost(self) -> None:
        self._failed("the connection was lost")

    def _on_unreachable(self, error: OSError) -> None:
        self._failed(f"cannot connect: {error}")

    def _failed(self, reason: str) -> None:
        self._recorder.failed_request(self._planned_ns, self._sent_ns)
        self._fail(reason)


def _nothing(body: bytes, received_ns: int) -> int:
    """A POST is answered with no event."""
    return 0
