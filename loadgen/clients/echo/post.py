"""The echo over HTTP: one POST a text, on as many connections as a browser would open."""

import asyncio
from collections import deque
from time import monotonic_ns
from typing import NamedTuple

from loadgen.clients.client import Subscription
from loadgen.clients.connections.http import Connection, connect
from loadgen.clients.connections.sockets import Connections
from loadgen.clients.echo.texts import Text
from loadgen.clients.header_profiles import post_request

# Of HTTP/1.1 to one host, in today's browsers; there is one request at a time on each.
MAX_CONNECTIONS = 6


class _Pending(NamedTuple):
    """A text that waits for a connection or, once sent, for its answer; since_ns: since when."""

    text: Text
    planned_ns: int
    since_ns: int


class EchoPostClient:
    """An EchoClient that sends each text at once where a connection is free.

    Where none is, it opens one more, up to MAX_CONNECTIONS, and the text goes out over whichever is
    free first, the earliest text first.
    """

    def __init__(self, subscription: Subscription) -> None:
        self._recorder = subscription.recorder
        self._request = post_request(subscription.headers, subscription.url)
        self._connections: Connections[Connection] = Connections(subscription)
        self._waiting: deque[_Pending] = deque()
        self._idle: list[Connection] = []  # the one that was used last is used first
        self._unanswered: dict[Connection, _Pending] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._closed = False
        self.byte_counts = self._connections.byte_counts

    async def connect(self) -> None:
        await self._connections.resolve()
        await self._connect()

    def send(self, text: Text, planned_ns: int) -> None:
        if self._recorder.failure:
            return
        self._waiting.append(_Pending(text, planned_ns, monotonic_ns()))
        self._send_waiting()

    async def close(self) -> None:
        """Leave unanswered what is."""
        self._closed = True
        self._waiting.clear()
        for opening in self._opening:
            opening.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        await self._connections.close()

    async def _connect(self) -> None:
        connection: Connection = await connect(
            self._connections, self._on_lost, lambda *answer: self._on_answer(connection, *answer)
        )
        self._idle.append(connection)

    async def _connect_one_more(self) -> None:
        try:
            await self._connect()
        except OSError as error:
            self._recorder.fail(f"cannot connect: {error}")
        else:
            self._send_waiting()

    def _send_waiting(self) -> None:
        """What waits, over what is idle; and a connection more for what then still waits."""
        while self._waiting and self._idle:
            text, planned_ns, begun_ns = self._waiting.popleft()
            connection, sent_ns = self._idle.pop(), monotonic_ns()
            self._unanswered[connection] = _Pending(text, planned_ns, sent_ns)
            connection.send(self._request(text.data))
            self._recorder.text(planned_ns, begun_ns, sent_ns, len(text.data))
        opening = len(self._opening)
        connections = len(self._idle) + len(self._unanswered) + opening
        if len(self._waiting) > opening and connections < MAX_CONNECTIONS:
            task = asyncio.create_task(self._connect_one_more())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def _on_answer(
        self, connection: Connection, status: int, body: bytes, received_ns: int
    ) -> None:
        text, planned_ns, sent_ns = self._unanswered.pop(connection)
        if connection.reusable:
            self._idle.append(connection)
        if status != 200:
            self._recorder.failed_request(planned_ns, sent_ns)
        elif body != text.answer:
            self._recorder.fail(f"an answer that is not its text in capitals: {body[:80]!r}")
            return
        else:
            self._recorder.answer(text.number, text.due_ns, len(body), received_ns)
            self._recorder.request(planned_ns, sent_ns, received_ns, 1)
        self._send_waiting()

    def _on_lost(self, connection: Connection) -> None:
        if connection in self._idle:
            self._idle.remove(connection)
        unanswered = self._unanswered.pop(connection, None)
        if unanswered is None or self._closed:
            return
        self._recorder.failed_request(unanswered.planned_ns, unanswered.since_ns)
        self._send_waiting()
