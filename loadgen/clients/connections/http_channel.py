"""Recorded requests to one HTTP server, one at a time: over one connection, or a new one each."""

import asyncio
from collections.abc import Callable
from time import monotonic_ns

from loadgen.clients.client import Subscription
from loadgen.clients.connections.http import Answered, Connection, connect
from loadgen.clients.connections.sockets import Connections


class Channel:
    """Sends requests, hands on their answers, and counts the bytes of all its connections.

    answered(status, body, received_ns) is called for each answer, and has to record() it. A request
    whose connection ended before its answer (but not by close()), or that found none, is recorded
    as failed before lost(error) is called: the error where it could not connect, else None. Each of
    them may send the next request.

    busy: whether a request is not recorded yet.
    """

    def __init__(
        self, subscription: Subscription, answered: Answered, lost: Callable[[OSError | None], None]
    ) -> None:
        self.busy = False
        self._recorder = subscription.recorder
        self._keep_alive = subscription.keep_alive
        self._answered = answered
        self._lost = lost
        self._connections: Connections[Connection] = Connections(subscription)
        self._connection: Connection | None = None  # the one to send over
        self._opening: asyncio.Task[None] | None = None
        self._closed = False
        self._planned_ns = self._sent_ns = 0
        self.byte_counts = self._connections.byte_counts

    async def connect(self) -> None:
        """Find the server and, where requests share a connection, open it. Raises OSError."""
        await self._connections.resolve()
        if self._keep_alive:
            await self._connect()

    def send(self, request: bytes, planned_ns: int) -> None:
        """Send a request, over a new connection where none is open. Not while `busy`."""
        self.busy = True
        self._planned_ns = planned_ns
        self._sent_ns = monotonic_ns()
        if self._connection is not None:
            self._connection.send(request)
        else:
            self._opening = asyncio.create_task(self._send_over_new(request))

    def record(self, received_ns: int, events: int | None) -> None:
        """Record the request's answer. events: how many it brought; None: the request failed."""
        self.busy = False
        if events is None:
            self._recorder.failed_request(self._planned_ns, self._sent_ns)
        else:
            self._recorder.request(self._planned_ns, self._sent_ns, received_ns, events)

    async def close(self) -> None:
        """Leave an unanswered request as it is, and close every connection."""
        self._closed = True
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        await self._connections.close()

    async def _connect(self) -> Connection:
        self._connection = await connect(self._connections, self._on_lost, self._on_answer)
        return self._connection

    async def _send_over_new(self, request: bytes) -> None:
        try:
            connection = await self._connect()
        except OSError as error:
            self.record(0, None)
            self._lost(error)
        else:
            connection.send(request)

    def _on_answer(self, status: int, body: bytes, received_ns: int) -> None:
        connection = self._connection
        if connection is not None and not (self._keep_alive and connection.reusable):
            self._connection = None
        self._answered(status, body, received_ns)

    def _on_lost(self, connection: Connection) -> None:
        if self._connection is connection:
            self._connection = None
        if connection.waiting and not self._closed:
            self.record(0, None)
            self._lost(None)
