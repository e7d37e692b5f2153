"""Our polling client against aiohttp's client and against wrk, on the same constant answers.

64 connections, one request in flight on each at all times. Ours and aiohttp's decode every answer.
"""

import asyncio
import re
import shutil
import subprocess
from time import monotonic_ns

import aiohttp
import pytest

from feed.event import decode_batch
from feed.process import loop_factory, tune_gc
from loadgen.clients.client import Subscription
from loadgen.clients.polling.long_poll import LongPollClient
from loadgen.recording.recorder import Recorder
from tests.microbench.process import hear, partner
from tests.microbench.table import Benchmark, Ratio, in_turns

ROUNDS = 15
CLIENTS = 64
ROUND_S = 1.0

pytestmark = pytest.mark.timeout(300)


async def _a_round() -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(ROUND_S, over.set)
    await over.wait()


async def _ours(url: str) -> float:
    recorders = [Recorder() for _ in range(CLIENTS)]
    clients = [LongPollClient(Subscription(url=url, recorder=recorder)) for recorder in recorders]
    for client in clients:
        await client.connect()
    tune_gc()
    start_ns = monotonic_ns()
    for client in clients:
        client.start(start_ns)
    await _a_round()
    answered = sum(len(recorder.requests()) for recorder in recorders)
    took_s = (monotonic_ns() - start_ns) / 1e9
    await asyncio.gather(*(client.close() for client in clients))
    assert all(recorder.received == len(recorder.requests()) for recorder in recorders)
    assert not any(recorder.failed_requests().size for recorder in recorders)
    return answered / took_s


async def _aiohttp(url: str) -> float:
    recorders = [Recorder() for _ in range(CLIENTS)]

    async def poll(session: aiohttp.ClientSession, recorder: Recorder) -> None:
        while True:
            sent_ns = monotonic_ns()
            async with session.get(f"{url}?after={recorder.last_seq}&timeout_s=30") as answer:
                body = await answer.read()
            received_ns = monotonic_ns()
            events = decode_batch(body)
            for event in events:
                recorder.event(event, len(body), received_ns)
            recorder.request(sent_ns, sent_ns, received_ns, len(events))

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        opening = (session.get(f"{url}?after=0") for _ in recorders)
        for answer in await asyncio.gather(*opening):
            await answer.read()
        tune_gc()
        start_ns = monotonic_ns()
        polls = [asyncio.create_task(poll(session, recorder)) for recorder in recorders]
        await _a_round()
        answered = sum(len(recorder.requests()) for recorder in recorders)
        took_s = (monotonic_ns() - start_ns) / 1e9
        for task in polls:
            task.cancel()
        await asyncio.gather(*polls, return_exceptions=True)
    return answered / took_s


def _wrk(url: str) -> float:
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{ROUND_S:g}s", f"{url}?after=0"]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", report)
    assert found is not None, report
    return float(found[1])


def _run_ours(url: str) -> float:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_ours(url))


def _run_aiohttp(url: str) -> float:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_aiohttp(url))


def test_polls_faster_than_aiohttp(benchmark: Benchmark, ratios: list[Ratio]) -> None:
    with partner("answers") as server:
        url = f"http://127.0.0.1:{hear(server)}/long-poll"
        ours, theirs = benchmark.pedantic(
            in_turns, args=(ROUNDS, lambda: _run_ours(url), lambda: _run_aiohttp(url))
        )
    ratios.append(
        Ratio(
            job="polling client: request, parse, decode, record",
            against="aiohttp's client",
            unit="requests/s",
            target=8.0,
            ours=ours,
            theirs=theirs,
        )
    )


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_polls_as_fast_as_c(benchmark: Benchmark, ratios: list[Ratio]) -> None:
    with partner("answers") as server:
        url = f"http://127.0.0.1:{hear(server)}/long-poll"
        ours, theirs = benchmark.pedantic(
            in_turns, args=(ROUNDS, lambda: _run_ours(url), lambda: _wrk(url))
        )
    ratios.append(
        Ratio(
            job="polling client: request, parse, decode, record",
            against="wrk -t1 -c64, which decodes nothing",
            unit="requests/s",
            target=0.6,
            ours=ours,
            theirs=theirs,
        )
    )
