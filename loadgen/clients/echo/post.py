"""The echo over HTTP: one POST a text, on as many connections as a browser would open."""

import asyncio
from collections import deque
from time import monotonic_ns
from typing import NamedTuple
from urllib.parse import urlsplit

from loadgen.clients.client import Subscription
from loadgen.clients.connections.http import Connection, connect
from loadgen.clients.connections.sockets import Address, dial, resolve
from loadgen.clients.echo.texts import Text
from loadgen.clients.header_profiles import post_request
from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.recorder import Recorder

# Of HTTP/1.1 to one host, in today's browsers; there is one request at a time on each.
MAX_CONNECTIONS = 6


class _Waiting(NamedTuple):
    """A text that is to be sent. begun_ns: since when it may wait for a connection."""

    text: Text
    planned_ns: int
    begun_ns: int


class _Out(NamedTuple):
    """A text that was sent on a connection and is not answered yet."""

    text: Text
    planned_ns: int
    sent_ns: int


class EchoPostClient:
    """An EchoClient that sends each text at once where a connection is free.

    Where none is, it opens one more, up to MAX_CONNECTIONS, and the text goes out over whichever is
    free first, the earliest text first.
    """

    def __init__(self, subscription: Subscription) -> None:
        self._recorder: Recorder = subscription.recorder
        self._tls = subscription.tls
        url = urlsplit(subscription.url)
        self._host, self._port = url.hostname or "", url.port or 80
        self._request = post_request(subscription.headers, url.netloc, url.path, scheme=url.scheme)
        self._addresses: list[Address] = []
        self._waiting: deque[_Waiting] = deque()
        self._idle: list[Connection] = []  # the one that was used last is used first
        self._out: dict[Connection, _Out] = {}
        self._open: set[Connection] = set()  # with those whose last segment is not counted yet
        self._usable: set[Connection] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._ended = ByteCounts()  # of the connections that are no more
        self._closed = False

    async def connect(self) -> None:
        self._addresses = await resolve(self._host, self._port)
        await self._connect()

    def send(self, text: Text, planned_ns: int) -> None:
        if self._recorder.failure:
            return
        self._waiting.append(_Waiting(text, planned_ns, monotonic_ns()))
        self._send()

    def byte_counts(self) -> ByteCounts:
        return sum((connection.byte_counts() for connection in self._open), self._ended)

    async def close(self) -> None:
        """Leave what is out unanswered."""
        self._closed = True
        self._waiting.clear()
        for opening in self._opening:
            opening.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        await asyncio.gather(*(connection.close() for connection in self._open))

    async def _connect(self) -> None:
        connection: Connection = await connect(
            await dial(self._addresses),
            lambda *answer: self._on_answer(connection, *answer),
            self._on_lost,
            self._on_over,
            tls=self._tls,
            host=self._host,
        )
        self._open.add(connection)
        self._usable.add(connection)
        self._idle.append(connection)

    async def _connect_one_more(self) -> None:
        try:
            await self._connect()
        except OSError as error:
            self._recorder.fail(f"cannot connect: {error}")
        else:
            self._send()

    def _send(self) -> None:
        """What waits, over what is free; and a connection more for what then still waits."""
        while self._waiting and self._idle:
            self._post(self._idle.pop(), self._waiting.popleft())
        opening = len(self._opening)
        if len(self._waiting) > opening and len(self._usable) + opening < MAX_CONNECTIONS:
            task = asyncio.get_running_loop().create_task(self._connect_one_more())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def _post(self, connection: Connection, waiting: _Waiting) -> None:
        text, planned_ns, begun_ns = waiting
        sent_ns = monotonic_ns()
        self._out[connection] = _Out(text, planned_ns, sent_ns)
        connection.send(self._request(text.data))
        self._recorder.text(planned_ns, begun_ns, sent_ns, len(text.data))

    def _on_answer(
        self, connection: Connection, status: int, body: bytes, received_ns: int
    ) -> None:
        text, planned_ns, sent_ns = self._out.pop(connection)
        if connection.reusable:
            self._idle.append(connection)
        else:
            self._usable.discard(connection)
        if status != 200:
            self._recorder.failed_request(planned_ns, sent_ns)
        elif body != text.answer:
            self._recorder.fail(f"an answer that is not its text in capitals: {body[:80]!r}")
            return
        else:
            self._recorder.answer(text.number, text.due_ns, len(body), received_ns)
            self._recorder.request(planned_ns, sent_ns, received_ns, 1)
        self._send()

    def _on_lost(self, connection: Connection) -> None:
        self._usable.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        out = self._out.pop(connection, None)
        if out is None or self._closed:
            return
        self._recorder.failed_request(out.planned_ns, out.sent_ns)
        self._send()

    def _on_over(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._ended += connection.byte_counts()
