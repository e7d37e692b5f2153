import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic_ns

import pytest

from feed.event import Event, encode, encode_batch
from loadgen.clients.client import Subscription
from loadgen.clients.polling.long_poll import LongPollClient
from tests.loadgen.witness import Script, Witness, answer, request_of, scripted

EMPTY = answer(status="204 No Content")
GAP = answer(b'{"error":"gap","after":0,"first_seq":5,"last_seq":9}', status="410 Gone")


def batch(*seqs: int) -> bytes:
    return encode_batch([encode(Event(seq, seq * 10, "text")) for seq in seqs])


def answering(*answers: bytes, paths: list[str]) -> Script:
    """These answers; what is asked for after them is held for ever."""
    waiting = list(answers)

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            paths.append((await request_of(reader)).split(" ")[1])
            if not waiting:
                await reader.read()
                return
            writer.write(waiting.pop(0))

    return script


@asynccontextmanager
async def polling(
    script: Script, *, keep_alive: bool = True
) -> AsyncIterator[tuple[LongPollClient, Witness]]:
    async with scripted(script) as port:
        recorder = Witness()
        client = LongPollClient(
            Subscription(
                url=f"http://127.0.0.1:{port}/long-poll",
                recorder=recorder,
                timeout_s=12.5,
                keep_alive=keep_alive,
            )
        )
        await client.connect()
        client.start(monotonic_ns())
        yield client, recorder
        await client.close()


async def test_asks_again_at_once_from_the_last_event_on() -> None:
    paths: list[str] = []
    script = answering(answer(batch(1, 2)), EMPTY, answer(batch(3)), paths=paths)
    async with polling(script) as (_, recorder):
        await recorder.until(lambda seen: len(seen.requests()) == 3)
    assert recorder.arrivals()[:, 0].tolist() == [1, 2, 3]
    assert recorder.requests()[:, 3].tolist() == [2, 0, 1]
    assert paths[:3] == [f"/long-poll?after={after}&timeout_s=12.5" for after in (0, 2, 2)]


async def test_a_poll_is_planned_for_the_answer_before_it() -> None:
    async with polling(answering(EMPTY, EMPTY, EMPTY, paths=[])) as (_, recorder):
        await recorder.until(lambda seen: len(seen.requests()) == 3)
    planned_ns, sent_ns, received_ns, _ = recorder.requests().T
    assert planned_ns[1:].tolist() == received_ns[:-1].tolist()
    assert (sent_ns >= planned_ns).all()


async def test_carries_on_at_once_behind_a_gap() -> None:
    paths: list[str] = []
    async with polling(answering(GAP, answer(batch(10)), paths=paths)) as (_, recorder):
        await recorder.until(lambda seen: len(seen.requests()) == 1)
    assert recorder.gaps == 1
    assert paths[1] == "/long-poll?after=9&timeout_s=12.5"
    assert recorder.requests()[0, 0] > recorder.failed_requests()[0, 1]


async def test_tries_again_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadgen.clients.polling.long_poll.RETRY_S", 0.001)
    error = answer(b"oops", status="503 Service Unavailable")
    async with polling(answering(error, EMPTY, paths=[])) as (_, recorder):
        await recorder.until(lambda seen: len(seen.requests()) == 1)
    assert len(recorder.failed_requests()) == 1


async def test_connects_anew_after_a_lost_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadgen.clients.polling.long_poll.RETRY_S", 0.001)

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)

    async with polling(script) as (client, recorder):
        await recorder.until(lambda seen: len(seen.failed_requests()) == 3)
        assert client.byte_counts().connections >= 3
    assert recorder.failure == ""


async def test_a_connection_for_each_poll() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert "Connection: close" in await request_of(reader)
        writer.write(EMPTY)

    async with polling(script, keep_alive=False) as (client, recorder):
        await recorder.until(lambda seen: len(seen.requests()) == 3)
        assert client.byte_counts().connections >= 3
    assert len(recorder.failed_requests()) == 0


async def test_a_poll_that_is_held_when_the_client_closes_does_not_count() -> None:
    paths: list[str] = []
    async with polling(answering(EMPTY, paths=paths)) as (client, recorder):
        while len(paths) < 2:
            await asyncio.sleep(0)
        await client.close()
        assert client.byte_counts() == client.byte_counts()
    assert len(recorder.requests()) == 1
    assert len(recorder.failed_requests()) == 0
