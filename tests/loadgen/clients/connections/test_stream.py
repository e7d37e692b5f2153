"""A counted connection in the event loop: opened, or given up while it is being opened."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from feed.process import loop_factory
from loadgen.clients.client import Subscription
from loadgen.clients.connections.sockets import Connections
from loadgen.clients.connections.stream import Stream, open_stream
from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.recorder import Recorder


@pytest.fixture
def url() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


class CancelsItsOpening(Stream):
    """It cancels the task that opens it, once it is connected."""

    opening: "asyncio.Task[CancelsItsOpening]"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.opening.cancel()


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_connection_that_is_given_up_while_it_opens_is_forgotten(url: str, loop: str) -> None:
    async def give_up() -> ByteCounts:
        subscription = Subscription(url=url, recorder=Recorder())
        connections: Connections[CancelsItsOpening] = Connections(subscription)
        await connections.resolve()

        def make(sock: socket.socket) -> CancelsItsOpening:
            stream = CancelsItsOpening(sock, connections, lambda stream: None)
            stream.opening = opening
            return stream

        opening = asyncio.create_task(open_stream(connections, make))
        with pytest.raises(asyncio.CancelledError):
            await opening
        await connections.close()
        return connections.byte_counts()

    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        assert runner.run(give_up()) == ByteCounts()
