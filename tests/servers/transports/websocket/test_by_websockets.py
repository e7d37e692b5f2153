import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidStatus
from websockets.typing import Subprotocol

from feed.event import decode
from feed.history import History
from feed.process import loop_factory
from servers.registry import TRANSPORTS, opened
from servers.settings import ServerSettings, SlowReader
from tests.servers.conftest import Open
from tests.servers.events import extend
from tests.servers.http_client import connected

LIBRARIES = [name for name in TRANSPORTS if name.partition("@")[0] == "websocket"]

pytestmark = pytest.mark.parametrize("transport", LIBRARIES)


async def received(connection: ClientConnection) -> int:
    return decode(await connection.recv(decode=False)).seq


async def test_another_path_is_not_found(serving: Open, transport: str) -> None:
    urls = await serving(History(), transport)
    with pytest.raises(InvalidStatus) as caught:
        await connect(urls[transport].replace("/websocket", "/elsewhere"))
    assert caught.value.response.status_code == 404


async def test_nothing_is_negotiated_that_the_twin_does_not_have(
    serving: Open, transport: str
) -> None:
    urls = await serving(History(), transport)
    async with connected(urls[transport]) as connection:
        extra = (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate\r\n"
        )
        answer = await connection.get("/websocket", extra)
    assert answer.status == 101
    assert "sec-websocket-extensions" not in answer.headers


async def test_a_feed_has_no_subprotocol(serving: Open, transport: str) -> None:
    urls = await serving(History(), transport)
    async with connect(urls[transport], subprotocols=[Subprotocol("soap")]) as connection:
        assert connection.subprotocol is None


async def test_what_a_subscriber_says_is_ignored(serving: Open, transport: str) -> None:
    history = History()
    urls = await serving(history, transport)
    async with connect(urls[transport]) as connection:
        for _ in range(100):
            await connection.send("hello")
        extend(history, 1)
        assert await received(connection) == 1


async def test_too_long_a_message_closes_the_connection(serving: Open, transport: str) -> None:
    urls = await serving(History(), transport)
    async with connect(urls[transport]) as connection:
        await connection.send("x" * 2_000)
        with pytest.raises(ConnectionClosedError) as caught:
            await connection.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1009


async def test_a_gap_that_opens_while_it_catches_up_is_told(serving: Open, transport: str) -> None:
    history = History(10)
    extend(history, 10, "x" * 1_000_000)
    urls = await serving(history, transport)
    async with connect(urls[transport], max_queue=1) as connection:
        assert await received(connection) == 1
        extend(history, 20)
        # The first ten were on their way already.
        assert [await received(connection) for _ in range(9)] == list(range(2, 11))
        with pytest.raises(ConnectionClosedError) as caught:
            await connection.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4410
    assert caught.value.rcvd.reason == "gap: first_seq=21 last_seq=30"


async def test_the_end_of_the_server_closes_every_subscriber(transport: str) -> None:
    async with opened(ServerSettings(transports=(transport,)), History()) as urls:
        connections = [await connect(urls[transport]) for _ in range(20)]
    for connection in connections:
        with pytest.raises(ConnectionClosedOK) as caught:
            await connection.recv()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1001


async def test_a_subscriber_that_left_is_no_burden(serving: Open, transport: str) -> None:
    history = History()
    urls = await serving(history, transport)
    async with connect(urls[transport]) as stays:
        async with connect(urls[transport]):
            extend(history, 1)
        extend(history, 1)
        assert [await received(stays), await received(stays)] == [1, 2]


async def to_the_close(connection: ClientConnection) -> AsyncIterator[int]:
    with contextlib.suppress(ConnectionClosedError):
        while True:
            yield await received(connection)


EVENTS = 600


async def drop_the_slow_reader(transport: str) -> tuple[int, int | None]:
    """How many events a client got that did not read in time, and the code it was closed with."""
    history = History()
    limit = SlowReader(buffer_bytes=200_000, grace_s=0.0)
    settings = ServerSettings(transports=(transport,), slow_reader=limit)
    async with opened(settings, history) as urls:
        async with connect(urls[transport]) as good, connect(urls[transport]) as slow:
            for seq in range(1, EVENTS + 1):
                extend(history, 1, "x" * 30_000)
                assert await received(good) == seq
            seqs = [seq async for seq in to_the_close(slow)]
            return len(seqs), slow.close_code


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_slow_reader_is_dropped_and_the_others_go_on(transport: str, loop: str) -> None:
    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        count, code = runner.run(drop_the_slow_reader(transport))
    assert 0 < count < EVENTS
    # Where the reader wakes up soon enough it is told why; else it is cut off.
    assert code in (1013, 1006)


async def pass_a_burst_by(transport: str) -> int:
    history = History()
    limit = SlowReader(buffer_bytes=100_000, grace_s=30.0)
    settings = ServerSettings(transports=(transport,), slow_reader=limit)
    async with opened(settings, history) as urls, connect(urls[transport]) as connection:
        extend(history, 1)
        assert await received(connection) == 1
        extend(history, EVENTS, "x" * 30_000)
        return [await received(connection) for _ in range(EVENTS)][-1]


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_burst_over_the_limit_closes_nobody_who_reads(transport: str, loop: str) -> None:
    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        assert runner.run(pass_a_burst_by(transport)) == EVENTS + 1
