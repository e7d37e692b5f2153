"""Socket.IO's own behaviour: packets, the echo, heartbeats, slow readers, the end."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from feed.history import History
from feed.process import loop_factory
from servers.registry import opened
from servers.settings import Heartbeat, ServerSettings, SlowReader
from tests.servers.conftest import Open
from tests.servers.events import extend
from tests.servers.http_client import connected
from tests.servers.socketio_bare import (
    GET,
    POLLING,
    WEBSOCKET,
    joined,
    opening,
    seq_of,
    session,
    to_the_close,
)


async def test_the_event_is_in_its_packet_byte_by_byte(serving: Open) -> None:
    history = History()
    urls = await serving(history, POLLING, WEBSOCKET)
    async with joined(urls[WEBSOCKET]) as connection, session(urls[POLLING]) as (target, gets, _):
        extend(history, 1, 'größer "✓"')
        packet = '42["event",' + history.since(0)[0].decode() + "]"
        assert await connection.recv() == packet
        assert (await gets.get(target)).body == packet.encode()


async def test_nothing_is_negotiated_that_the_twin_does_not_have(serving: Open) -> None:
    urls = await serving(History(), WEBSOCKET)
    async with connect(f"{urls[WEBSOCKET]}?EIO=4&transport=websocket") as connection:
        assert connection.response is not None
        assert "Sec-WebSocket-Extensions" not in connection.response.headers


async def test_neither_way_leads_to_the_other(serving: Open) -> None:
    urls = await serving(History(), POLLING, WEBSOCKET)
    with pytest.raises(InvalidStatus) as caught:
        await connect(urls[POLLING].replace("http", "ws") + "?EIO=4&transport=websocket")
    assert caught.value.response.status_code == 400
    async with connected(urls[WEBSOCKET].replace("ws", "http")) as connection:
        assert (await connection.get(GET)).status == 400
    async with connected(urls[POLLING]) as connection:
        opening = json.loads((await connection.get(GET)).body[1:])
    assert opening["upgrades"] == []
    assert (opening["pingInterval"], opening["pingTimeout"]) == (25_000, 20_000)


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ('7["echo","größer ✓"]', '7["GRÖSSER ✓!!!"]'),
        ('["echo","unasked for"]', ""),
        ('8["echo",17]', "8[]"),
        ('9["echo"]', "9[]"),
        ('10["echo","one","two"]', "10[]"),
    ],
)
async def test_an_echo_is_an_acknowledgement(serving: Open, said: str, answered: str) -> None:
    history = History()
    urls = await serving(history, WEBSOCKET)
    async with joined(urls[WEBSOCKET]) as connection:
        await connection.send(f"42{said}")
        if answered:
            assert await connection.recv() == f"43{answered}"
        extend(history, 1)
        assert await seq_of(connection) == 1
    urls = await serving(History(), POLLING)
    async with session(urls[POLLING]) as (target, gets, posts):
        posts.ask(target, "POST", f"42{said}".encode())
        assert (await posts.answer()).body == b"OK"
        if answered:
            assert (await gets.get(target)).body.decode() == f"43{answered}"


async def test_a_client_is_asked_whether_it_is_there(serving: Open) -> None:
    urls = await serving(History(), WEBSOCKET, heartbeat=Heartbeat(interval_s=0.001))
    async with opening(urls[WEBSOCKET]) as connection:
        for _ in range(3):
            assert await connection.recv() == "2"
            await connection.send("3")


async def test_a_client_that_does_not_answer_is_dropped(serving: Open) -> None:
    silent = Heartbeat(interval_s=0.001, timeout_s=0.01)
    urls = await serving(History(), WEBSOCKET, heartbeat=silent)
    async with opening(urls[WEBSOCKET]) as connection:
        assert set(await to_the_close(connection)) <= {"2", "1"}


async def test_a_gap_that_opens_while_it_catches_up_is_told(serving: Open) -> None:
    history = History(300)
    extend(history, 300)
    urls = await serving(history, POLLING)
    async with connected(urls[POLLING]) as gets, connected(urls[POLLING]) as posts:
        target = f"{GET}&sid={json.loads((await gets.get(GET)).body[1:])['sid']}"
        posts.ask(target, "POST", b'40{"after":0}')
        await posts.answer()
        assert (await gets.get(target)).body.startswith(b"40{")
        first = (await gets.get(target)).body
        extend(history, 600)
        rest = first
        while b'["gap"' not in rest:
            rest = (await gets.get(target)).body
        assert b'42["gap",{"first_seq":601,"last_seq":900}]' in rest
        if not rest.endswith(b"\x1e41"):
            assert (await gets.get(target)).body == b"41"


async def test_events_that_come_faster_than_they_can_be_told_are_a_gap(serving: Open) -> None:
    history = History(5)
    urls = await serving(history, WEBSOCKET)
    async with joined(urls[WEBSOCKET]) as connection:
        extend(history, 1)
        assert await seq_of(connection) == 1
        extend(history, 20)
        assert await connection.recv() == '42["gap",{"first_seq":17,"last_seq":21}]'
        assert await connection.recv() == "41"
        await connection.send('40{"after":21}')
        assert (await connection.recv())[:2] == "40"
        extend(history, 1)
        assert await seq_of(connection) == 22


async def test_a_subscriber_that_left_is_no_burden(serving: Open) -> None:
    history = History()
    urls = await serving(history, WEBSOCKET, POLLING)
    async with joined(urls[WEBSOCKET]) as stays:
        async with joined(urls[WEBSOCKET]), session(urls[POLLING]) as (target, gets, _):
            gets.ask(target)  # and leaves with this poll out
        extend(history, 2)
        assert [await seq_of(stays), await seq_of(stays)] == [1, 2]


EVENTS = 600


async def drop_the_slow_reader() -> tuple[int, int | None]:
    """How many events a client got that did not read in time, and the code it was closed with."""
    history = History()
    limit = SlowReader(buffer_bytes=200_000, grace_s=0.0)
    settings = ServerSettings(transports=(WEBSOCKET,), slow_reader=limit)
    async with opened(settings, history) as urls:
        async with joined(urls[WEBSOCKET]) as good, joined(urls[WEBSOCKET], max_queue=1) as slow:
            seq = 0
            while slow.protocol.state.name == "OPEN" and seq < EVENTS:
                seq += 1
                extend(history, 1, "x" * 30_000)
                assert await seq_of(good) == seq
            count = len(await to_the_close(slow))
            extend(history, 1)
            assert await seq_of(good) == seq + 1
            return count, slow.close_code


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_slow_reader_is_cut_off_and_the_others_go_on(loop: str) -> None:
    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        count, code = runner.run(drop_the_slow_reader())
    assert 0 < count < EVENTS
    assert code == 1006


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_the_end_of_the_server_ends_every_session(loop: str) -> None:
    async def end() -> None:
        async with opened(ServerSettings(transports=(POLLING, WEBSOCKET)), History()) as urls:
            connection = await connect(f"{urls[WEBSOCKET]}?EIO=4&transport=websocket")
            async with session(urls[POLLING]) as (target, gets, _):
                gets.ask(target)
        await to_the_close(connection)

    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        runner.run(end())
