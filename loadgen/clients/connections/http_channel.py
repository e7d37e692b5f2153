"""Requests to one HTTP server, one at a time: over one connection, or over a new one each."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

from loadgen.clients.client import Subscription
from loadgen.clients.connections.http import Answered, Connection, connect
from loadgen.clients.connections.sockets import Address, dial, resolve
from loadgen.recording.byte_counters import ByteCounts


class Channel:
    """Sends requests and hands on their answers; counts the bytes of all its connections.

    answered(status, body, received_ns) is called for each answer, lost() for a request whose
    connection ended before its answer (but not by close()), unreachable(error) for one that found
    none. Each of them may send the next request.
    """

    def __init__(
        self,
        subscription: Subscription,
        answered: Answered,
        lost: Callable[[], None],
        unreachable: Callable[[OSError], None],
    ) -> None:
        self._answered = answered
        self._lost = lost
        self._unreachable = unreachable
        self._keep_alive = subscription.keep_alive
        self._compression, self._tls = subscription.compression, subscription.tls
        url = urlsplit(subscription.url)
        self._host, self._port = url.hostname or "", url.port or 80
        self._addresses: list[Address] = []
        self._connection: Connection | None = None  # the one to send over
        self._open: set[Connection] = set()  # with those whose last segment is not counted yet
        self._ended = ByteCounts()  # of the connections that are no more
        self._opening: asyncio.Task[None] | None = None
        self._closed = False

    async def connect(self) -> None:
        """Find the server and, where requests share a connection, open it. Raises OSError."""
        self._addresses = await resolve(self._host, self._port)
        if self._keep_alive:
            await self._connect()

    def send(self, request: bytes) -> None:
        """Send a request, over a new connection where none is open; not while one is out."""
        if self._connection is not None:
            self._connection.send(request)
        else:
            anew = self._send_anew(request)
            self._opening = asyncio.get_running_loop().create_task(anew)

    def byte_counts(self) -> ByteCounts:
        """Of all connections so far."""
        return sum((connection.byte_counts() for connection in self._open), self._ended)

    async def close(self) -> None:
        """Leave a request that is out unanswered, and close every connection."""
        self._closed = True
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

    async def _send_anew(self, request: bytes) -> None:
        try:
            connection = await self._connect()
        except OSError as error:
            self._unreachable(error)
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
            self._lost()

    def _on_over(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._ended += connection.byte_counts()
