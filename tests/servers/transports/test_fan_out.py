"""The shared fan-out: catching up, joining, batches, slow readers, the end.

Where the time must not run out in a test, it is an hour, else it is tiny.
"""

import asyncio
from unittest.mock import Mock

import pytest
from websockets.asyncio.client import ClientConnection, connect

from feed.event import decode_batch
from feed.history import Gap, History
from servers.settings import SlowReader
from servers.transports.fan_out import Batch, FanOut, WriteLimited
from tests.servers.conftest import Open
from tests.servers.events import extend, until

HOUR_S = 3600.0


def pushes(history: History, batch_s: float = 0.0) -> tuple[FanOut[str], list[bytes]]:
    """A fan-out, and the messages that it pushed to those who had joined."""
    pushed: list[bytes] = []
    return FanOut(
        history, lambda joined, message: pushed.extend([message] * len(joined)), batch_s
    ), pushed


async def test_who_catches_up_is_sent_what_comes_meanwhile_and_misses_nothing() -> None:
    history = History()
    extend(history, 2)
    fan_out, pushed = pushes(history)
    sent: list[bytes] = []

    async def send(message: bytes) -> None:
        sent.append(message)
        if len(sent) < 5:
            extend(history, 1)

    await fan_out.catch_up(0, send)
    fan_out.join("newcomer")
    extend(history, 1)
    assert sent == history.since(0)[:6]
    assert pushed == history.since(6)


async def test_who_catches_up_slower_than_events_are_evicted_has_a_gap() -> None:
    history = History(3)
    extend(history, 3)
    fan_out, _ = pushes(history)

    async def send(message: bytes) -> None:
        extend(history, 3)

    with pytest.raises(Gap):
        await fan_out.catch_up(0, send)


async def test_who_catches_up_goes_no_further_than_those_who_joined() -> None:
    history = History()
    extend(history, 5)
    fan_out, _ = pushes(history)
    sent: list[bytes] = []

    async def send(message: bytes) -> None:
        sent.append(message)

    await fan_out.catch_up(0, send, newest=lambda: 3)
    assert sent == history.since(0)[:3]


async def test_who_leaves_is_pushed_nothing_and_catches_up_no_more() -> None:
    history = History()
    fan_out, pushed = pushes(history)
    waits = asyncio.Event()

    async def catching_up() -> None:
        await waits.wait()
        fan_out.join("slow")

    for name in ("slow", "joined"):
        fan_out.opened(name)
    fan_out.begin("slow", catching_up())
    fan_out.join("joined")
    fan_out.closed("slow")
    fan_out.leave("joined")
    waits.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    extend(history, 1)
    assert (pushed, fan_out.joined) == ([], set())


async def test_the_end_closes_all_and_aborts_those_who_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("servers.transports.fan_out.CLOSE_S", 0.001)
    fan_out, _ = pushes(History())
    closed, aborted = Mock(side_effect=lambda name: fan_out.closed("goes")), Mock()
    for name in ("stays", "goes"):
        fan_out.opened(name)
    await fan_out.close(closed, aborted)
    assert [call.args for call in closed.call_args_list] == [("stays",), ("goes",)]
    aborted.assert_called_once_with("stays")


class Limited(WriteLimited):
    def __init__(self) -> None:
        self.given_up = asyncio.Event()

    def give_up(self) -> None:
        self.given_up.set()


async def test_a_reader_is_given_up_that_stays_behind_and_not_one_that_catches_up() -> None:
    slow, fast, early = Limited(), Limited(), Limited()
    transport = Mock()
    for each in (slow, fast):
        each.watch(transport, SlowReader(buffer_bytes=7, grace_s=0.0))
    transport.set_write_buffer_limits.assert_called_with(high=7)
    for each in (fast, early, slow):
        each.pause_writing()
    fast.resume_writing()
    await slow.given_up.wait()
    assert not fast.given_up.is_set()
    assert not early.given_up.is_set()  # which is not watched yet, and waits until it is writable
    waiting = asyncio.create_task(early.writable())
    await asyncio.sleep(0)
    assert not waiting.done()
    early.resume_writing()
    await waiting


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
