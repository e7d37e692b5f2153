"""The servers' libraries against each other: what one core serves, by the CPU time of the server.

Both of a pair show the same History in one process; another process asks, or drains.
"""

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest

from feed.event import Event, encode
from feed.history import History
from feed.process import loop_factory
from servers.registry import opened
from servers.settings import ServerSettings
from tests.microbench.process import hear, partner, say
from tests.microbench.table import Benchmark, Ratio

ROUNDS = 7
POLLERS = 64
REQUESTS = 10_000
SUBSCRIBERS = 500
EVENTS = 50
HEADER_BYTES = 2  # of a frame from the server, up to 125 bytes (RFC 6455, section 5.2)
TEXT = "x" * 60

Round = Callable[[int], Awaitable[float]]  # of the server with this number
Rates = list[list[float]]


async def _in_turns(turn: Round) -> Rates:
    rates: Rates = [[], []]
    for number in range(2 * ROUNDS):
        rates[number % 2].append(await turn(number % 2))
    return rates


async def _polled(names: tuple[str, str]) -> Rates:
    history = History()
    history.append(Event(1, 1_000, TEXT))
    async with opened(ServerSettings(transports=names), history) as urls:
        with partner("ask", POLLERS, *(urls[name] for name in names)) as process:
            await asyncio.to_thread(hear, process)

            async def turn(number: int) -> float:
                start_s = time.process_time()
                say(process, f"{number} {REQUESTS}")
                await asyncio.to_thread(hear, process)
                return REQUESTS / (time.process_time() - start_s)

            return await _in_turns(turn)


async def _pushed(names: tuple[str, str]) -> Rates:
    histories = History(), History()
    async with (
        opened(ServerSettings(transports=names[:1]), histories[0]) as ours,
        opened(ServerSettings(transports=names[1:]), histories[1]) as theirs,
    ):
        ports = [urlsplit((ours | theirs)[name]).port for name in names]
        with partner("drain", SUBSCRIBERS, *ports) as process:
            await asyncio.to_thread(hear, process)
            return await _in_turns(lambda number: _push(histories[number], process))


async def _push(history: History, process: "subprocess.Popen[str]") -> float:
    """Push EVENTS events, one a turn of the loop, until the last byte has been drained."""
    seqs = range(history.last_seq + 1, history.last_seq + EVENTS + 1)
    events = [Event(seq, seq * 1_000, TEXT) for seq in seqs]
    size = sum(len(encode(event)) + HEADER_BYTES for event in events)
    say(process, str(SUBSCRIBERS * size))
    start_s = time.process_time()
    for event in events:
        history.append(event)
        await asyncio.sleep(0)
    await asyncio.to_thread(hear, process)
    return SUBSCRIBERS * EVENTS / (time.process_time() - start_s)


def _run(measure: Callable[[tuple[str, str]], Awaitable[Rates]], names: tuple[str, str]) -> Rates:
    async def main() -> Rates:
        return await measure(names)

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(main())


@pytest.mark.timeout(300)
def test_polls_on_the_bare_server(benchmark: Benchmark, ratios: list[Ratio]) -> None:
    names = ("short-poll@httptools", "short-poll")
    ours, theirs = benchmark.pedantic(_run, args=(_polled, names))
    ratios.append(
        Ratio(
            job="short polls: the bare server on httptools",
            against="aiohttp",
            unit="polls per CPU second",
            target=2.0,
            ours=ours,
            theirs=theirs,
        )
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("library", "target"), [("picows", 1.2), ("aiohttp", 0.5)])
def test_pushes_of_other_libraries(
    benchmark: Benchmark, ratios: list[Ratio], library: str, target: float
) -> None:
    names = (f"websocket@{library}", "websocket")
    ours, theirs = benchmark.pedantic(_run, args=(_pushed, names))
    ratios.append(
        Ratio(
            job=f"WebSocket server on {library}: fan-out to {SUBSCRIBERS} connections",
            against="websockets",
            unit="deliveries per CPU second",
            target=target,
            ours=ours,
            theirs=theirs,
        )
    )
