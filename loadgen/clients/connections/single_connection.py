"""A client with one connection at a time, on which the server pushes."""

import asyncio
from abc import ABC, abstractmethod
from typing import Generic

from loadgen.clients.client import Subscription
from loadgen.clients.connections.sockets import AnyConnection, Connections


class SingleConnectionClient(ABC, Generic[AnyConnection]):
    """A Client that subscribes once, and after a gap once more, over a new connection."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._recorder = subscription.recorder
        self._connections: Connections[AnyConnection] = Connections(subscription)
        self.byte_counts = self._connections.byte_counts
        self._resubscribing: asyncio.Task[None] | None = None
        self._closed = False

    async def connect(self) -> None:
        await self._connections.resolve()
        await self._open(self._subscription.after)

    def start(self, epoch_ns: int) -> None:
        """Nothing to do: the server pushes from the subscription on."""

    async def close(self) -> None:
        self._closed = True
        await self._connections.close()
        if self._resubscribing is not None:
            self._resubscribing.cancel()
            await asyncio.wait([self._resubscribing])
            await self._connections.close()  # it may have opened one more

    @abstractmethod
    async def _open(self, after: int) -> None:
        """Subscribe, over one more of `_connections`, made with `_on_lost`. Raises OSError."""

    def _gap(self, connection: AnyConnection) -> int | None:
        """The cursor to go on with, where the server ended the connection with a gap; else None."""
        return None

    def _on_lost(self, connection: AnyConnection) -> None:
        # One that was never open ended with an exception for whoever awaits connect().
        if self._closed or self._recorder.failure or not connection.is_open:
            return
        last_seq = self._gap(connection)
        if last_seq is None:
            self._recorder.fail(connection.reason)
            return
        self._recorder.gap()
        self._resubscribing = asyncio.create_task(self._resubscribe(last_seq))

    async def _resubscribe(self, after: int) -> None:
        try:
            await self._open(after)
        except OSError as error:
            self._recorder.fail(f"cannot connect: {error}")
