"""Our WebSocket server's fan-out against a bare loop of websockets.broadcast().

Both send the same small events to as many connections, which another process drains.
"""

import asyncio
import subprocess
from collections.abc import Callable
from time import perf_counter

import pytest
from websockets.asyncio.server import ServerConnection, broadcast, serve

from feed.event import Event, encode
from feed.history import History
from feed.process import loop_factory
from servers.http.sockets import bind
from servers.settings import ServerSettings
from servers.transports.websocket.by_websockets import listen
from tests.microbench.process import hear, partner, say
from tests.microbench.table import Benchmark, Ratio

ROUNDS = 7
CONNECTIONS = 1_000
EVENTS = 50
HEADER_BYTES = 2  # of a frame from the server, up to 125 bytes (RFC 6455, section 5.2)

Push = Callable[[int], None]  # of the event with this seq


class Receivers:
    """The process that drains; it has the same number of connections to both servers."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    async def connected(self) -> None:
        await asyncio.to_thread(hear, self._process)

    async def deliveries_per_s(self, push: Push, first_seq: int) -> float:
        """Push EVENTS events, one a turn of the loop, until the last byte has been drained."""
        seqs = range(first_seq, first_seq + EVENTS)
        sizes = (len(encode(_event(seq))) + HEADER_BYTES for seq in seqs)
        say(self._process, str(CONNECTIONS * sum(sizes)))
        start_s = perf_counter()
        for seq in seqs:
            push(seq)
            await asyncio.sleep(0)
        await asyncio.to_thread(hear, self._process)
        return CONNECTIONS * EVENTS / (perf_counter() - start_s)


def _event(seq: int) -> Event:
    return Event(seq, seq * 1_000, "x" * 60)


async def _measure() -> tuple[list[float], list[float]]:
    history = History()
    joined: set[ServerConnection] = set()

    async def join(connection: ServerConnection) -> None:
        joined.add(connection)
        await connection.wait_closed()

    def push_ours(seq: int) -> None:
        history.append(_event(seq))

    def push_bare(seq: int) -> None:
        broadcast(joined, encode(_event(seq)), text=True)

    bare = await serve(join, "127.0.0.1", 0, compression=None, ping_interval=None)
    with bind("127.0.0.1", 0) as listener:
        ports = listener.getsockname()[1], bare.sockets[0].getsockname()[1]
        async with listen(listener, history, ServerSettings(transports=("websocket",)), None), bare:
            with partner("drain", CONNECTIONS, *ports) as process:
                receivers = Receivers(process)
                await receivers.connected()
                ours, theirs = [], []
                for turn in range(ROUNDS):
                    first_seq = turn * EVENTS + 1
                    ours.append(await receivers.deliveries_per_s(push_ours, first_seq))
                    theirs.append(await receivers.deliveries_per_s(push_bare, first_seq))
    return ours, theirs


def _run() -> tuple[list[float], list[float]]:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_measure())


@pytest.mark.timeout(300)
def test_fans_out(benchmark: Benchmark, ratios: list[Ratio]) -> None:
    ours, theirs = benchmark.pedantic(_run)
    ratios.append(
        Ratio(
            job=f"WebSocket server: fan-out to {CONNECTIONS:,} connections",
            against="a bare websockets.broadcast() loop",
            unit="deliveries/s",
            target=0.85,
            ours=ours,
            theirs=theirs,
        )
    )
