"""Batching; where the time must not run out in a test, the span is an hour, else it is tiny."""

import pytest
from websockets.asyncio.client import ClientConnection, connect

from feed.event import decode_batch
from feed.history import History
from servers.transports.fan_out import Batch
from tests.servers.conftest import Open
from tests.servers.events import extend, until

HOUR_S = 3600.0


async def test_gathers_until_it_is_flushed() -> None:
    pushed: list[bytes] = []
    batch = Batch(HOUR_S, pushed.append)
    batch.flush()
    batch.add(b"1")
    batch.add(b"2")
    assert pushed == []
    batch.flush()
    batch.flush()
    assert pushed == [b"[1,2]"]


async def test_flushes_by_itself_and_starts_again() -> None:
    pushed: list[bytes] = []
    batch = Batch(0.001, pushed.append)
    batch.add(b"1")
    await until(lambda: len(pushed) == 1)
    batch.add(b"2")
    await until(lambda: len(pushed) == 2)
    assert pushed == [b"[1]", b"[2]"]


async def seqs(connection: ClientConnection) -> list[int]:
    """Of the events in the next frame."""
    return [event.seq for event in decode_batch(await connection.recv(decode=False))]


async def joined(connection: ClientConnection) -> None:
    """A pong is sent by a server that has seen to the subscription."""
    await (await connection.ping())


async def test_events_that_come_together_are_one_frame(serving: Open) -> None:
    history = History()
    urls = await serving(history, "websocket", batch_s=0.02)
    async with connect(f"{urls['websocket']}?after=0") as connection:
        await joined(connection)
        extend(history, 3)
        assert await seqs(connection) == [1, 2, 3]


async def test_who_joins_within_a_batch_gets_nothing_twice(serving: Open) -> None:
    history = History()
    urls = await serving(history, "websocket", batch_s=HOUR_S)
    url = f"{urls['websocket']}?after=0"
    async with connect(url) as early:
        await joined(early)
        extend(history, 2)
        async with connect(url) as late:
            assert [await late.recv(), await late.recv()] == [
                '{"seq":1,"due":1000,"data":"text"}',
                '{"seq":2,"due":2000,"data":"text"}',
            ]
            assert await seqs(early) == [1, 2]
            extend(history, 1)
            async with connect(url):
                assert await seqs(late) == [3]
                assert await seqs(early) == [3]


@pytest.mark.parametrize("compression", [True, False])
async def test_compression_is_agreed_on_where_it_is_on(serving: Open, compression: bool) -> None:
    history = History()
    urls = await serving(history, "websocket", compression=compression)
    async with connect(urls["websocket"]) as connection:
        assert connection.response is not None
        extensions = connection.response.headers.get("Sec-WebSocket-Extensions", "")
        assert ("permessage-deflate" in extensions) is compression
        extend(history, 1)
        assert await connection.recv() == '{"seq":1,"due":1000,"data":"text"}'
