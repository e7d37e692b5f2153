"""Socket.IO over HTTP polling: one GET waits at all times, and the client's packets are POSTed.

As in a browser, GETs and POSTs have a connection each, as the server answers the GET when it likes.
"""

import asyncio
from itertools import count
from time import monotonic_ns

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
        self._gets = Channel(subscription, self._on_polled, self._on_lost)
        self._posts = Channel(subscription, self._on_posted, self._on_lost)
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
        query = f"{QUERY}&t={next(self._stamps):08x}"
        if self._session.sid:
            query += f"&sid={self._session.sid}"
        return request(
            self._subscription.headers,
            self._subscription.url,
            query,
            body,
            keep_alive=self._subscription.keep_alive,
            compression=self._subscription.compression,
        )

    def _on_polled(self, status: int, body: bytes, received_ns: int) -> None:
        before = self._recorder.received
        if status == 200:
            for packet in body.split(SEPARATOR):
                if reply := self._session.take(packet, received_ns):
                    self._unsent.append(reply)
        self._record(self._gets, status, body, received_ns, self._recorder.received - before)
        # Poll again first: what is posted next is answered by that poll.
        if not (self._recorder.failure or self._closed):
            self._gets.send(self._request(), received_ns)
            self._post(received_ns)
        if self._session.joined or self._recorder.failure:
            self._settled.set()

    def _on_posted(self, status: int, body: bytes, received_ns: int) -> None:
        self._record(self._posts, status, body, received_ns, 0)
        if not (self._recorder.failure or self._closed):
            self._post(received_ns)

    def _post(self, planned_ns: int) -> None:
        """Post what there is to send, one POST at a time."""
        if self._unsent and not self._posts.busy:
            body = SEPARATOR.join(self._unsent)
            self._unsent.clear()
            self._posts.send(self._request(body), planned_ns)

    def _record(
        self, channel: Channel, status: int, body: bytes, received_ns: int, events: int
    ) -> None:
        """An answer that is not 200 is the end of the client."""
        channel.record(received_ns, events if status == 200 else None)
        if status != 200:
            self._fail(f"the server answered {status}: {body[:80]!r}")

    def _on_lost(self, error: OSError | None) -> None:
        self._fail(f"cannot connect: {error}" if error else "the connection was lost")

    def _fail(self, reason: str) -> None:
        if not self._closed:
            self._recorder.fail(reason)
        self._settled.set()
