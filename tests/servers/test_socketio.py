"""Socket.IO's own behaviour: what is refused and how, heartbeats, slow readers, the end."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus

from feed.history import History
from feed.process import loop_factory
from servers.settings import Heartbeat, ServerSettings, SlowReader
from servers.transports import opened
from tests.servers.conftest import Open
from tests.servers.events import extend
from tests.servers.http import Connection, connected

POLLING, WEBSOCKET = "socketio-polling", "socketio-websocket"
GET = "/socket.io/?EIO=4&transport=polling"


@asynccontextmanager
async def joined(url: str, max_queue: int = 16) -> AsyncIterator[ClientConnection]:
    """A bare WebSocket that has subscribed."""
    async with opening(url, max_queue) as connection:
        await connection.send("40")
        assert (await connection.recv())[:2] == "40"
        yield connection


@asynccontextmanager
async def opening(url: str, max_queue: int = 16) -> AsyncIterator[ClientConnection]:
    """A bare WebSocket with a session of Engine.IO, and none of Socket.IO."""
    async with connect(f"{url}?EIO=4&transport=websocket", max_queue=max_queue) as connection:
        assert (await connection.recv())[:1] == "0"
        yield connection


async def to_the_close(connection: ClientConnection) -> list[str | bytes]:
    """All that still comes."""
    received: list[str | bytes] = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            received.append(await connection.recv())
    return received


async def seq_of(connection: ClientConnection) -> int:
    """Of the next packet, which has to be an event's."""
    packet = await connection.recv()
    assert isinstance(packet, str)
    assert packet.startswith('42["event",')
    return int(json.loads(packet[2:])[1]["seq"])


@asynccontextmanager
async def session(url: str) -> AsyncIterator[tuple[str, Connection, Connection]]:
    """A bare polling session that has subscribed: its target, and a connection for each way."""
    async with connected(url) as gets, connected(url) as posts:
        opening = await gets.get(GET)
        target = f"{GET}&sid={json.loads(opening.body[1:])['sid']}"
        posts.ask(target, "POST", b"40")
        assert (await posts.answer()).body == b"OK"
        assert (await gets.get(target)).body.startswith(b"40{")
        yield target, gets, posts


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
    ("target", "status"),
    [
        ("/elsewhere", 404),
        ("/socket.io/", 400),  # no version
        ("/socket.io/?EIO=3&transport=polling", 400),
        (f"{GET}&sid=nobody", 400),
        ("/socket.io/?EIO=4&transport=carrier-pigeon", 400),
    ],
)
async def test_a_wrong_request_is_refused(serving: Open, target: str, status: int) -> None:
    urls = await serving(History(), POLLING)
    async with connected(urls[POLLING]) as connection:
        assert (await connection.get(target)).status == status


@pytest.mark.parametrize("auth", ["[1]", '"text"', '{"after":true}', '{"after":{}}'])
async def test_auth_that_is_no_cursor_is_refused(serving: Open, auth: str) -> None:
    urls = await serving(History(), WEBSOCKET)
    async with opening(urls[WEBSOCKET]) as connection:
        await connection.send(f"40{auth}")
        packet = await connection.recv()
        assert isinstance(packet, str)
        assert packet.startswith('44{"message":"a')


@pytest.mark.parametrize(
    ("message", "code"),
    [
        pytest.param("garbage", 1002, id="no packet"),
        pytest.param("", 1002, id="empty"),
        pytest.param("4" + "[" * 100_000, 1002, id="nested without end"),
        pytest.param("4" + "x" * 1_000_000, 1009, id="above the limit"),
        pytest.param([b"\xff\xfe"], None, id="binary"),
        pytest.param("9", None, id="unknown kind"),
        pytest.param("4", None, id="empty message"),
        pytest.param("42[", None, id="no JSON"),
        pytest.param('42["hello",1]', None, id="unknown event"),
    ],
)
async def test_what_makes_no_sense_is_refused_or_dropped_and_nobody_else_notices(
    serving: Open, message: str | list[bytes], code: int | None
) -> None:
    history = History()
    urls = await serving(history, WEBSOCKET)
    async with joined(urls[WEBSOCKET]) as other, joined(urls[WEBSOCKET]) as connection:
        await connection.send(message)
        if code is None:
            await connection.send("2probe")  # unknown to a server; read after what was said
            extend(history, 1)
            assert await seq_of(connection) == 1
        else:
            with pytest.raises(ConnectionClosedError) as caught:
                await connection.recv()
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == code
            extend(history, 1)
        assert await seq_of(other) == 1


async def test_invalid_utf_8_closes_a_websocket(serving: Open) -> None:
    urls = await serving(History(), WEBSOCKET)
    async with joined(urls[WEBSOCKET]) as connection:
        await connection.send(b"\xff", text=True)
        with pytest.raises(ConnectionClosedError) as caught:
            await connection.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1007


@pytest.mark.parametrize(
    "body",
    [
        b"garbage",
        b"\xff\xfe",
        b"9",
        b"4",
        b"42[",
        b"bAAAA",
        b"",
        b"4" + b"[" * 100_000,
        b"1\x1e" * 20,
    ],
)
async def test_a_post_that_makes_no_sense_is_dropped(serving: Open, body: bytes) -> None:
    history = History()
    urls = await serving(history, POLLING)
    async with session(urls[POLLING]) as (target, gets, posts):
        posts.ask(target, "POST", body)
        assert (await posts.answer()).body == b"OK"
        extend(history, 1)
        assert b'"seq":1' in (await gets.get(target)).body


async def test_a_post_above_the_limit_ends_its_session(serving: Open) -> None:
    urls = await serving(History(), POLLING)
    async with session(urls[POLLING]) as (target, gets, posts):
        gets.ask(target)
        posts.ask(target, "POST", b"x" * 1_000_001)
        assert (await gets.answer()).body == b"1"
        assert (await posts.answer()).status == 400
        assert (await gets.get(target)).status == 400


async def test_a_request_that_never_ends_holds_nobody_up(serving: Open) -> None:
    history = History()
    urls = await serving(history, POLLING)
    async with connected(urls[POLLING]) as half, session(urls[POLLING]) as (target, gets, _):
        half._writer.write(f"POST {target} HTTP/1.1\r\nContent-Length: 100\r\n\r\n42[".encode())
        extend(history, 1)
        assert b'"seq":1' in (await gets.get(target)).body


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
