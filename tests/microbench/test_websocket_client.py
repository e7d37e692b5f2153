"""Our WebSocket client against the websockets library's, on the same flood."""

import asyncio
from collections.abc import Callable, Coroutine
from time import monotonic_ns, perf_counter
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from feed.event import decode
from feed.process import loop_factory, tune_gc
from loadgen.clients.client import Subscription
from loadgen.clients.push.websocket import WebSocketClient
from loadgen.recording.recorder import Recorder
from tests.microbench.flood import EVENTS
from tests.microbench.process import hear, partner, say
from tests.microbench.table import Benchmark, Ratio, in_turns

ROUNDS = 7

# (url, what starts the flood) -> events/s
Receive = Callable[[str, Callable[[], None]], Coroutine[Any, Any, float]]


class _Flooded(Recorder):
    """A Recorder that says when the flood is over: the server then closes."""

    def __init__(self) -> None:
        super().__init__()
        self.over = asyncio.Event()

    def fail(self, reason: str) -> None:
        super().fail(reason)
        self.over.set()


async def _ours(url: str, flood: Callable[[], None]) -> float:
    recorder = _Flooded()
    client = WebSocketClient(Subscription(url=url, recorder=recorder))
    await client.connect()
    tune_gc()
    flood()
    start_s = perf_counter()
    await recorder.over.wait()
    took_s = perf_counter() - start_s
    assert recorder.arrivals()[:, 0].tolist() == list(range(1, EVENTS + 1))
    await client.close()
    return EVENTS / took_s


async def _theirs(url: str, flood: Callable[[], None]) -> float:
    recorder = Recorder()
    async with connect(url, compression=None, ping_interval=None) as socket:
        tune_gc()
        flood()
        start_s = perf_counter()
        try:
            while True:
                message = await socket.recv(decode=False)
                received_ns = monotonic_ns()
                recorder.event(decode(message), len(message), received_ns)
        except ConnectionClosed:
            took_s = perf_counter() - start_s
    assert recorder.arrivals()[:, 0].tolist() == list(range(1, EVENTS + 1))
    return EVENTS / took_s


@pytest.mark.timeout(300)
def test_receives_a_flood(benchmark: Benchmark, ratios: list[Ratio]) -> None:
    with partner("flood") as server:
        url = f"ws://127.0.0.1:{hear(server)}/websocket"

        def side(receive: Receive) -> float:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                return runner.run(receive(url, lambda: say(server, "flood")))

        ours, theirs = benchmark.pedantic(
            in_turns, args=(ROUNDS, lambda: side(_ours), lambda: side(_theirs))
        )
    ratios.append(
        Ratio(
            job="WebSocket client: receive, decode, record",
            against="websockets' client",
            unit="events/s",
            target=4.0,
            ours=ours,
            theirs=theirs,
        )
    )
