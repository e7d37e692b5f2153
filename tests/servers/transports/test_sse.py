import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from feed.event import encode
from feed.history import History
from feed.process import loop_factory
from servers.registry import opened
from servers.settings import ServerSettings, SlowReader
from servers.transports import sse
from tests.servers.conftest import Open
from tests.servers.events import event, extend
from tests.servers.http_client import Connection, connected

Fields = AsyncIterator[dict[str, str]]


async def seq_of(fields: Fields) -> int:
    return int((await anext(fields))["id"])


def test_an_event_is_two_lines_and_an_empty_one() -> None:
    assert sse.event(17, b'{"a":1}') == b'id: 17\ndata: {"a":1}\n\n'
    assert sse.gap(8, 10) == (b'id: 10\nevent: gap\ndata: {"first_seq":8,"last_seq":10}\n\n')


def test_a_chunk_says_its_size_in_hexadecimal() -> None:
    assert sse.chunk(b"x" * 59) == b"3b\r\n" + b"x" * 59 + b"\r\n"


async def test_the_head_is_there_before_any_event(serving: Open) -> None:
    urls = await serving(History(), "sse", compression=True)
    async with connected(urls["sse"]) as connection:
        answer = await connection.get("/sse", "Accept-Encoding: gzip\r\n")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["transfer-encoding"] == "chunked"
    assert "content-encoding" not in answer.headers


async def test_each_event_is_a_chunk(serving: Open) -> None:
    history = History()
    extend(history, 1)
    urls = await serving(history, "sse")
    async with connected(urls["sse"]) as connection:
        await connection.get("/sse")
        chunks = connection.chunks()
        assert await anext(chunks) == sse.event(1, encode(event(1)))
        extend(history, 1)
        assert await anext(chunks) == sse.event(2, encode(event(2)))


async def test_the_last_event_id_wins_over_the_url(serving: Open) -> None:
    history = History()
    extend(history, 10)
    urls = await serving(history, "sse")
    async with connected(urls["sse"]) as connection:
        await connection.get("/sse?after=2", "Last-Event-ID: 8\r\n")
        fields = connection.event_stream()
        assert [await seq_of(fields), await seq_of(fields)] == [9, 10]


@pytest.mark.parametrize("last_event_id", ["-1", "one", "", "1" + 30 * "0"])
async def test_a_bad_last_event_id_is_refused_and_named(serving: Open, last_event_id: str) -> None:
    history = History()
    extend(history, 1)
    urls = await serving(history, "sse")
    async with connected(urls["sse"]) as bad, connected(urls["sse"]) as good:
        answer = await bad.get("/sse?after=0", f"Last-Event-ID: {last_event_id}\r\n")
        await good.get("/sse?after=0")
        assert await seq_of(good.event_stream()) == 1
    assert answer.status == 400
    assert answer.json["error"].startswith("Last-Event-ID must be a decimal integer from 0 to ")
    assert answer.json["error"].endswith(f"not {last_event_id!r}")


async def test_http_1_0_has_no_chunks_and_is_refused(serving: Open) -> None:
    urls = await serving(History(), "sse")
    async with connected(urls["sse"]) as connection:
        connection.write(b"GET /sse HTTP/1.0\r\nHost: test\r\n\r\n")
        answer = await connection.answer()
    assert answer.status == 505
    assert answer.json == {"error": "an event stream needs HTTP/1.1"}


async def test_a_stream_goes_on_behind_a_gap(serving: Open) -> None:
    history = History(3)
    extend(history, 10)
    urls = await serving(history, "sse")
    async with connected(urls["sse"]) as connection:
        await connection.get("/sse?after=2")
        fields = connection.event_stream()
        assert await anext(fields) == {
            "id": "10",
            "event": "gap",
            "data": '{"first_seq":8,"last_seq":10}',
        }
        extend(history, 1)
        assert await seq_of(fields) == 11


async def test_a_gap_that_opens_while_it_catches_up_is_told(serving: Open) -> None:
    history = History(10)
    extend(history, 10, "x" * 1_000_000)
    urls = await serving(history, "sse")
    async with connected(urls["sse"]) as connection:
        await connection.get("/sse")
        fields = connection.event_stream()
        assert await seq_of(fields) == 1
        extend(history, 20)
        # The first ten were on their way already.
        assert [await seq_of(fields) for _ in range(9)] == list(range(2, 11))
        gap = await anext(fields)
        assert (gap["event"], gap["id"]) == ("gap", "30")
        extend(history, 1)
        assert await seq_of(fields) == 31


async def test_silence_is_broken_by_comments(serving: Open) -> None:
    history = History()
    urls = await serving(history, "sse", heartbeat_s=0.001)
    async with connected(urls["sse"]) as connection:
        await connection.get("/sse")
        chunks = connection.chunks()
        assert [await anext(chunks) for _ in range(3)] == [b":\n"] * 3
        extend(history, 1)
        assert await seq_of(connection.event_stream()) == 1


async def test_a_reader_that_left_is_no_burden(serving: Open) -> None:
    history = History()
    urls = await serving(history, "sse")
    async with connected(urls["sse"]) as stays:
        await stays.get("/sse")
        fields = stays.event_stream()
        async with connected(urls["sse"]) as leaves:
            await leaves.get("/sse")
            extend(history, 1)
            assert await seq_of(leaves.event_stream()) == 1
        extend(history, 100)
        assert [await seq_of(fields) for _ in range(101)] == list(range(1, 102))


@pytest.mark.parametrize(
    "half",
    [b"", b"GET /sse?after=0 HT", b"GET /sse HTTP/1.1\r\nHost: test\r\n", b"\x00\xff\x80\r\n\r\n"],
)
async def test_half_a_request_and_garbage_disturb_nobody(serving: Open, half: bytes) -> None:
    history = History()
    urls = await serving(history, "sse")
    async with connected(urls["sse"]) as good:
        await good.get("/sse")
        fields = good.event_stream()
        async with connected(urls["sse"]) as bad:
            bad.write(half)
            extend(history, 1)
            assert await seq_of(fields) == 1
        extend(history, 1)
        assert await seq_of(fields) == 2


async def test_the_end_of_the_server_cuts_every_stream() -> None:
    async with AsyncExitStack() as clients:
        async with opened(ServerSettings(transports=("sse",)), History()) as urls:
            connections = [
                await clients.enter_async_context(connected(urls["sse"])) for _ in range(20)
            ]
            for connection in connections:
                await connection.get("/sse")
        for connection in connections:
            with pytest.raises(asyncio.IncompleteReadError):
                await anext(connection.chunks())


async def to_the_end(connection: Connection) -> AsyncIterator[int]:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        async for fields in connection.event_stream():
            yield int(fields["id"])


EVENTS = 600


async def drop_the_slow_reader() -> int:
    """How many events a client got that did not read in time."""
    history = History()
    limit = SlowReader(buffer_bytes=200_000, grace_s=0.0)
    settings = ServerSettings(transports=("sse",), slow_reader=limit)
    async with opened(settings, history) as urls:
        async with connected(urls["sse"]) as good, connected(urls["sse"]) as slow:
            await good.get("/sse")
            await slow.get("/sse")
            fields = good.event_stream()
            for seq in range(1, EVENTS + 1):
                extend(history, 1, "x" * 30_000)
                assert await seq_of(fields) == seq
            return len([seq async for seq in to_the_end(slow)])


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_slow_reader_is_cut_off_and_the_others_go_on(loop: str) -> None:
    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        assert 0 < runner.run(drop_the_slow_reader()) < EVENTS


async def pass_a_burst_by() -> int:
    history = History()
    limit = SlowReader(buffer_bytes=100_000, grace_s=30.0)
    settings = ServerSettings(transports=("sse",), slow_reader=limit)
    async with opened(settings, history) as urls, connected(urls["sse"]) as connection:
        await connection.get("/sse")
        fields = connection.event_stream()
        extend(history, 1)
        assert await seq_of(fields) == 1
        extend(history, EVENTS, "x" * 30_000)
        return [await seq_of(fields) for _ in range(EVENTS)][-1]


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_burst_over_the_limit_cuts_nobody_off_who_reads(loop: str) -> None:
    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        assert runner.run(pass_a_burst_by()) == EVENTS + 1
