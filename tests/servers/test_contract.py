"""What every transport promises, each held to it through the least of a client."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from feed.event import Event, decode, decode_batch
from feed.history import History
from servers.transports import TRANSPORTS
from tests.servers import socketio_client
from tests.servers.conftest import Open
from tests.servers.events import event, extend
from tests.servers.http import connected

Client = AsyncIterator[Event]


class GapTold(NamedTuple):
    first_seq: int
    last_seq: int


class Told(Exception):
    """The server said that there is a gap, or that the request is bad."""

    def __init__(self, what: GapTold | str) -> None:
        super().__init__(what)
        self.what = what


async def polls(url: str, after: str | None) -> Client:
    target = url[url.rindex("/") :]
    async with connected(url) as connection:
        while True:
            answer = await connection.get(target if after is None else f"{target}?after={after}")
            if answer.status == 410:
                raise Told(GapTold(answer.json["first_seq"], answer.json["last_seq"]))
            if answer.status == 400:
                raise Told(answer.json["error"])
            assert answer.status in (200, 204)
            for received in decode_batch(answer.body or b"[]"):
                after = str(received.seq)
                yield received


async def subscribes(url: str, after: str | None) -> Client:
    try:
        async with connect(url if after is None else f"{url}?after={after}") as connection:
            async for message in connection:
                assert isinstance(message, str)
                yield decode(message.encode())
    except InvalidStatus as refused:
        raise Told((refused.response.body or b"").decode()) from None
    except ConnectionClosed as closed:
        raise Told(gap_of(closed)) from None


def listens(way: str) -> Callable[[str, str | None], Client]:
    """Through python-socketio's client. A cursor goes as a number where it is one."""

    async def client(url: str, after: str | None) -> Client:
        auth = None if after is None else {"after": int(after) if numeric(after) else after}
        async with socketio_client.told(url, way, auth) as queue:
            while True:
                name, said = await queue.get()
                if name == "gap":
                    assert (await queue.get())[0] == "disconnect"
                    raise Told(GapTold(said["first_seq"], said["last_seq"]))
                if name == "connect_error":
                    raise Told(said["message"])
                assert name == "event"
                yield Event(**said)

    return client


def numeric(text: str) -> bool:
    return re.fullmatch(r"-?\d+", text) is not None


def gap_of(closed: ConnectionClosed) -> GapTold | str:
    """The gap that a close frame tells; its text, where it tells none."""
    told = re.fullmatch(r"4410 .*gap: first_seq=(\d+) last_seq=(\d+)", str(closed.rcvd))
    return GapTold(int(told[1]), int(told[2])) if told else str(closed)


CLIENTS: dict[str, Callable[[str, str | None], Client]] = {
    "short-poll": polls,
    "long-poll": polls,
    "websocket": subscribes,
    "socketio-polling": listens("polling"),
    "socketio-websocket": listens("websocket"),
}


@asynccontextmanager
async def client(transport: str, url: str, after: str | None) -> AsyncIterator[Client]:
    received = CLIENTS[transport](url, after)
    try:
        yield received
    finally:
        await received.aclose()  # type: ignore[attr-defined]


async def told(transport: str, url: str, after: str) -> GapTold | str:
    async with client(transport, url, after) as received:
        with pytest.raises(Told) as caught:
            await anext(received)
    return caught.value.what


pytestmark = pytest.mark.parametrize("transport", list(TRANSPORTS))


async def test_every_event_comes_once_and_in_order(serving: Open, transport: str) -> None:
    history = History()
    extend(history, 300)
    urls = await serving(history, transport)
    async with client(transport, urls[transport], "0") as received:
        for seq in range(1, 301):
            assert (await anext(received)) == event(seq)
        for seq in range(301, 321):
            extend(history, 1, "größer ✓")
            assert (await anext(received)) == event(seq, "größer ✓")
        extend(history, 200)
        assert [(await anext(received)).seq for _ in range(200)] == list(range(321, 521))


async def test_events_appended_while_it_catches_up_are_not_lost(
    serving: Open, transport: str
) -> None:
    history = History()
    extend(history, 2_000, "x" * 1_000)
    urls = await serving(history, transport)
    async with client(transport, urls[transport], "0") as received:
        for seq in range(1, 4_001):
            if seq % 2:
                extend(history, 1)
            assert (await anext(received)).seq == seq


async def test_carries_on_from_a_cursor(serving: Open, transport: str) -> None:
    history = History()
    extend(history, 10)
    urls = await serving(history, transport)
    async with client(transport, urls[transport], "7") as received:
        assert [(await anext(received)).seq for _ in range(3)] == [8, 9, 10]
        extend(history, 1)
        assert (await anext(received)).seq == 11


async def test_without_a_cursor_all_that_is_held_comes(serving: Open, transport: str) -> None:
    history = History(3)
    extend(history, 10)
    urls = await serving(history, transport)
    async with client(transport, urls[transport], None) as received:
        assert [(await anext(received)).seq for _ in range(3)] == [8, 9, 10]


@pytest.mark.parametrize("after", ["0", "6", "11"])
async def test_a_gap_is_told(serving: Open, transport: str, after: str) -> None:
    history = History(3)
    extend(history, 10)
    urls = await serving(history, transport)
    assert await told(transport, urls[transport], after) == GapTold(8, 10)


@pytest.mark.parametrize("after", ["-1", "one", "", "1" + 30 * "0"])
async def test_a_bad_cursor_is_refused_and_named(serving: Open, transport: str, after: str) -> None:
    urls = await serving(History(), transport)
    error = await told(transport, urls[transport], after)
    assert isinstance(error, str)
    assert f"after must be a decimal integer from 0 to 9223372036854775807, not {after!r}" in error


async def test_two_clients_get_the_same(serving: Open, transport: str) -> None:
    history = History()
    extend(history, 3)
    urls = await serving(history, transport)
    async with (
        client(transport, urls[transport], "0") as one,
        client(transport, urls[transport], "2") as other,
    ):
        assert [(await anext(one)).seq for _ in range(3)] == [1, 2, 3]
        assert (await anext(other)).seq == 3
        extend(history, 1)
        assert (await anext(one)) == (await anext(other)) == event(4)
