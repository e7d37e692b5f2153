"""What the clients of one pushed connection share: behind a gap they subscribe anew."""

import asyncio
from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from loadgen.clients.client import Subscription
from loadgen.clients.connections.sockets import Address, resolve
from loadgen.recording.byte_counters import ByteCounts


class Counted(Protocol):
    """A connection, for as long as its bytes are counted."""

    def byte_counts(self) -> ByteCounts:
        """So far."""

    async def close(self) -> None:
        """Until its last segment is counted."""


Connection = TypeVar("Connection", bound=Counted)


class Rejoining(ABC, Generic[Connection]):
    """A Client that subscribes once. How a connection is made, its protocol says."""

    def __init__(self, subscription: Subscription) -> None:
        self._recorder = subscription.recorder
        self._after, self._tls = subscription.after, subscription.tls
        url = urlsplit(subscription.url)
        self._host, self._port = url.hostname or "", url.port or 80
        self._addresses: list[Address] = []
        self._open: set[Connection] = set()  # with one whose last segment is not counted yet
        self._ended = ByteCounts()  # of the connections that are no more
        self._reconnecting: asyncio.Task[None] | None = None
        self._closed = False

    async def connect(self) -> None:
        self._addresses = await resolve(self._host, self._port)
        await self._connect(self._after)

    def start(self, epoch_ns: int) -> None:
        """Nothing to do: the server pushes from the subscription on."""

    def byte_counts(self) -> ByteCounts:
        return sum((connection.byte_counts() for connection in self._open), self._ended)

    async def close(self) -> None:
        self._closed = True
        await self._close_open()
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            await asyncio.wait([self._reconnecting])
            await self._close_open()  # it may have come as far as that

    async def _close_open(self) -> None:
        await asyncio.gather(*(connection.close() for connection in self._open))

    @abstractmethod
    async def _connect(self, after: int) -> None:
        """Subscribe with this cursor, over a connection that is put into `_open`. OSError."""

    def _lost(self, reason: str, last_seq: int | None) -> None:
        """A connection is gone. last_seq: where the server said that there is a gap; else None."""
        if self._closed or self._recorder.failure:
            return
        if last_seq is None:
            self._recorder.fail(reason)
            return
        self._recorder.gap()
        self._reconnecting = asyncio.get_running_loop().create_task(self._reconnect(last_seq))

    def _on_over(self, connection: Connection) -> None:
        if connection in self._open:  # else its handshake failed
            self._open.remove(connection)
            self._ended += connection.byte_counts()

    async def _reconnect(self, after: int) -> None:
        try:
            await self._connect(after)
        except OSError as error:
            self._recorder.fail(f"cannot connect: {error}")
