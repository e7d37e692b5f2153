"""Socket.IO over HTTP polling: one GET waits at all times, and the client's packets are POSTed.

As in a browser, GETs and POSTs have a connection each, as the server answers the GET when it likes.
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
        self._recorder = subscription.recorder
        self._session = Session(subscription.recorder, subscription.after)
        self._gets = _Requests(subscription, self._take, self._on_polled, self._fail)
        self._posts = _Requests(subscription, lambda *_: 0, self._on_posted, self._fail)
        self._url = urlsplit(subscription.url)
        self._stamps = count()
        self._unsent: list[bytes] = []  # packets for the next POST
        self._settled = asyncio.Event()  # the subscription is accepted, or all is over
        self._closed = False

    async def connect(self) -> None:
        """Both connections, Engine.IO's handshake and Socket.IO's; from then on a GET waits."""
        await asyncio.gather(self._gets.connect(), self._posts.connect())
        self._gets.send(self._request(), monotonic_ns())
        try:
            await asyncio.wait_for(self._settled.wait(), ACCEPTED_WITHIN_S)
        except TimeoutError:
            raise ConnectionError("no answer to Socket.IO's CONNECT") from None
        if not self._session.joined:
            raise ConnectionError(self._recorder.failure)

    def start(self, epoch_ns: int) -> None:
        """Nothing to do: a GET has been waiting since the handshake."""

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
        before = self._recorder.received
        for packet in body.split(SEPARATOR):
            if reply := self._session.take(packet, received_ns):
                self._unsent.append(reply)
        return self._recorder.received - before

    def _on_polled(self, received_ns: int) -> None:
        """Poll again first: what is posted next is answered by that poll."""
        if not (self._recorder.failure or self._closed):
            self._gets.send(self._request(), received_ns)
            self._on_posted(received_ns)
        if self._session.joined or self._recorder.failure:
            self._settled.set()

    def _on_posted(self, received_ns: int) -> None:
        """Post what there is to send, one POST at a time."""
        over = self._recorder.failure or self._closed
        if self._unsent and not (self._posts.busy or over):
            body = SEPARATOR.join(self._unsent)
            self._unsent.clear()
            self._posts.send(self._request(body), received_ns)

    def _fail(self, reason: str) -> None:
        if not self._closed:
            self._recorder.fail(reason)
        self._settled.set()


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
        channel = Channel(
            subscription,
            self._on_answer,
            lambda: self._failed("the connection was lost"),
            lambda error: self._failed(f"cannot connect: {error}"),
        )
        self.connect, self.close = channel.connect, channel.close
        self.byte_counts = channel.byte_counts
        self._send = channel.send

    def send(self, request: bytes, planned_ns: int) -> None:
        self.busy = True
        self._planned_ns = planned_ns
        self._sent_ns = monotonic_ns()
        self._send(request)

    def _on_answer(self, status: int, body: bytes, received_ns: int) -> None:
        self.busy = False
        if status != 200:
            self._failed(f"the server answered {status}: {body[:80]!r}")
            return
        events = self._take(body, received_ns)
        self._recorder.request(self._planned_ns, self._sent_ns, received_ns, events)
        self._answered(received_ns)

    def _failed(self, reason: str) -> None:
        self._recorder.failed_request(self._planned_ns, self._sent_ns)
        self._fail(reason)
