"""What short and long polls share: a cursor, the requests and answers, connections and their bytes.

When to poll is not decided here.
"""

import asyncio
from collections.abc import Callable
from time import monotonic_ns
from urllib.parse import urlsplit

import msgspec

from feed.event import decode_batch
from loadgen.client import Subscription
from loadgen.clients.dial import Address, dial, resolve
from loadgen.clients.http import Connection, connect
from loadgen.headers import poll_request
from loadgen.wire import Wire


class _Gap(msgspec.Struct):
    last_seq: int


_decode_gap = msgspec.json.Decoder(_Gap).decode


class Poller:
    """Makes one poll at a time and records what comes of it.

    settled(received_ns) is called after each poll, with the instant of its answer, or None where
    it failed; but no more once the client is lost or closed.
    """

    def __init__(
        self,
        subscription: Subscription,
        settled: Callable[[int | None], None],
        timeout_s: float | None = None,
    ) -> None:
        """timeout_s: how long the server may hold a poll; None for a short poll."""
        self.busy = False
        self._recorder = subscription.recorder
        self._record = subscription.recorder.event
        self._keep_alive = subscription.keep_alive
        self._compression, self._tls = subscription.compression, subscription.tls
        self._settled = settled
        url = urlsplit(subscription.url)
        self._host, self._port = url.hostname or "", url.port or 80
        self._request_after = poll_request(
            subscription.headers,
            url.netloc,
            url.path,
            timeout_s=timeout_s,
            keep_alive=subscription.keep_alive,
            scheme=url.scheme,
            compression=subscription.compression,
        )
        self._move_to(subscription.after)
        self._planned_ns = 0
        self._sent_ns = 0
        self._addresses: list[Address] = []
        self._connection: Connection | None = None  # the one to poll on
        self._open: set[Connection] = set()  # with those whose last segment is not counted yet
        self._ended = Wire()  # of the connections that are no more
        self._opening: asyncio.Task[None] | None = None
        self._closed = False

    async def connect(self) -> None:
        """Find the server and, where polls share a connection, open it. OSError where it fails."""
        self._addresses = await resolve(self._host, self._port)
        if self._keep_alive:
            await self._connect()

    def poll(self, planned_ns: int) -> None:
        """Send a poll now, over a new connection where none is open. Not while `busy`."""
        self.busy = True
        self._planned_ns = planned_ns
        self._sent_ns = monotonic_ns()
        if self._connection is not None:
            self._connection.send(self._request)
        else:
            self._opening = asyncio.get_running_loop().create_task(self._poll_anew())

    def wire(self) -> Wire:
        """Of all connections so far."""
        return sum((connection.wire() for connection in self._open), self._ended)

    async def close(self) -> None:
        """Leave a poll that is out unanswered, and close every connection."""
        self._closed = True
        self._settled = _nobody
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        await asyncio.gather(*(connection.close() for connection in self._open))

    async def _connect(self) -> Connection:
        sock = await dial(self._addresses)
        self._connection = await connect(
            sock,
            self._on_answer,
            self._on_lost,
            self._on_over,
            compression=self._compression,
            tls=self._tls,
            host=self._host,
        )
        self._open.add(self._connection)
        return self._connection

    async def _poll_anew(self) -> None:
        try:
            connection = await self._connect()
        except OSError as error:
            self._settled = _nobody
            self._recorder.fail(f"cannot connect: {error}")
            self._settle_failed()
        else:
            connection.send(self._request)

    def _on_answer(self, status: int, body: bytes, received_ns: int) -> None:
        connection = self._connection
        if connection is not None and not (self._keep_alive and connection.reusable):
            self._connection = None
        try:
            events = self._take(status, body, received_ns)
        except (msgspec.DecodeError, UnicodeDecodeError):
            events = None
        if events is None:
            self._settle_failed(received_ns if status == 410 else None)
            return
        self.busy = False
        self._recorder.request(self._planned_ns, self._sent_ns, received_ns, events)
        self._settled(received_ns)

    def _take(self, status: int, body: bytes, received_ns: int) -> int | None:
        """Record the events of an answer: how many there are, None where it is a gap or an error.

        All of them arrived at one instant, so the bytes of all may be booked on the first.
        """
        if status == 200 and (events := decode_batch(body)):
            record = self._record
            message_bytes = len(body) - len(events) - 1  # without what makes an array of them
            for event in events:
                record(event, message_bytes, received_ns)
                message_bytes = 0
            self._move_to(events[-1].seq)
            return len(events)
        if status in (200, 204):
            return 0
        if status == 410:
            self._recorder.gap()
            self._move_to(_decode_gap(body).last_seq)
        return None

    def _move_to(self, cursor: int) -> None:
        self._request = self._request_after(cursor)

    def _on_lost(self, connection: Connection) -> None:
        if self._connection is connection:
            self._connection = None
        if connection.waiting and not self._closed:
            self._settle_failed()

    def _on_over(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._ended += connection.wire()

    def _settle_failed(self, received_ns: int | None = None) -> None:
        self.busy = False
        self._recorder.failed_request(self._planned_ns, self._sent_ns)
        self._settled(received_ns)


def _nobody(received_ns: int | None) -> None:
    """There is nothing more to be told."""
