"""What every transport promises, each held to it through the least of a client."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from feed.event import Event, decode, decode_batch
from feed.history import History
from feed.transport import names
from servers.registry import TRANSPORTS
from tests.servers import socketio_client, tcp_client
from tests.servers.conftest import Open
from tests.servers.events import event, extend
from tests.servers.http_client import connected

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
    target = url if after is None else f"{url}?after={after}"
    try:
        # A client whose queue is full stops reading, and waits 10 s for the end of its close.
        async with connect(target, max_queue=None) as connection:
            async for message in connection:
                assert isinstance(message, str)
                yield decode(message.encode())
    except InvalidStatus as refused:
        raise Told((refused.response.body or b"").decode()) from None
    except ConnectionClosed as closed:
        raise Told(gap_of(closed)) from None


async def streams(url: str, after: str | None) -> Client:
    target = url[url.rindex("/") :]
    async with connected(url) as connection:
        answer = await connection.get(target if after is None else f"{target}?after={after}")
        if answer.status == 400:
            raise Told(answer.json["error"])
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/event-stream"
        async for fields in connection.event_stream():
            told = json.loads(fields["data"])
            if fields.get("event") == "gap":
                assert fields["id"] == str(told["last_seq"])
                raise Told(GapTold(told["first_seq"], told["last_seq"]))
            received = decode(fields["data"].encode())
            assert fields["id"] == str(received.seq)
            yield received


async def listens(url: str, after: str | None) -> Client:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(tcp_client.request(after))
        while True:
            is_event, message = await tcp_client.frame(reader)
            if is_event:
                yield decode(message)
                continue
            told = json.loads(message)
            assert await reader.read() == b""
            if told["error"] == "gap":
                raise Told(GapTold(told["first_seq"], told["last_seq"]))
            raise Told(told["error"])
    finally:
        writer.close()
        await writer.wait_closed()


def converses(way: str) -> Callable[[str, str | None], Client]:
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
    "sse": streams,
    "websocket": subscribes,
    "tcp": listens,
    "socketio-polling": converses("polling"),
    "socketio-websocket": converses("websocket"),
}


@asynccontextmanager
async def client(transport: str, url: str, after: str | None) -> AsyncIterator[Client]:
    received = CLIENTS[transport.partition("@")[0]](url, after)
    try:
        yield received
    finally:
        await received.aclose()  # type: ignore[attr-defined]


async def told(transport: str, url: str, after: str) -> GapTold | str:
    async with client(transport, url, after) as received:
        with pytest.raises(Told) as caught:
            await anext(received)
    return caught.value.what


FEEDS = [name for name in TRANSPORTS if name in names()]

pytestmark = pytest.mark.parametrize("transport", FEEDS)


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
    assert "after must be a decimal integer from 0 to 9223372036854775807, not '" in error
    assert after in error


async def test_a_cut_in_the_middle_loses_and_repeats_nothing(serving: Open, transport: str) -> None:
    history = History(100)
    extend(history, 3)
    urls = await serving(history, transport)
    seqs: list[int] = []
    for turn in range(1, 5):
        after = str(seqs[-1]) if seqs else "0"
        async with client(transport, urls[transport], after) as received:
            extend(history, 20)  # three are on their way when the client is cut off
            seqs += [(await anext(received)).seq for _ in range(20)]
        assert seqs == list(range(1, 20 * turn + 1))
    extend(history, 100)
    assert await told(transport, urls[transport], str(seqs[-1])) == GapTold(84, 183)


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
