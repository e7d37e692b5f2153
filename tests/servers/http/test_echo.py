"""The echo, over HTTP and over WebSocket."""

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.typing import Subprotocol

from feed.history import History
from servers.http.echo import MAX_TEXT_BYTES, SUBPROTOCOL, answer
from servers.process import running
from servers.registry import echoes
from servers.settings import ServerSettings
from tests.servers.conftest import Open
from tests.servers.http_client import connected

CAPITALS = [
    ("hello", "HELLO!!!"),
    ("", "!!!"),
    ("größer ✓", "GRÖSSER ✓!!!"),
    ("straße", "STRASSE!!!"),
    ("17 ŉ", "17 ʼN!!!"),
    ("two\nlines\0", "TWO\nLINES\0!!!"),
]


@pytest.mark.parametrize(("text", "expected"), CAPITALS)
def test_a_text_is_answered_in_capitals(text: str, expected: str) -> None:
    assert answer(text) == expected


def test_an_echo_is_at_the_port_of_its_transport() -> None:
    urls = {
        "long-poll": "http://127.0.0.1:1/long-poll",
        "short-poll": "http://127.0.0.1:1/short-poll",
        "websocket": "wss://127.0.0.1:2/websocket",
        "socketio-websocket": "wss://127.0.0.1:3/socket.io/",
        "websocket@aiohttp": "wss://127.0.0.1:4/websocket",
    }
    assert echoes(urls) == {
        "post": "http://127.0.0.1:1/echo",
        "websocket": "wss://127.0.0.1:2/echo",
        "socketio-websocket": "wss://127.0.0.1:3/socket.io/",
    }


@pytest.mark.parametrize("transport", ["post", "short-poll", "long-poll"])
async def test_a_post_is_answered_in_capitals(serving: Open, transport: str) -> None:
    url = echoes(await serving(History(), transport))["post"]
    async with connected(url) as connection:
        for text, expected in CAPITALS:
            connection.ask("/echo", "POST", text.encode(), "Content-Type: text/plain\r\n")
            told = await connection.answer()
            assert (told.status, told.body.decode()) == (200, expected)
            assert told.headers["content-type"] == "text/plain; charset=utf-8"
            assert told.headers["cache-control"] == "no-store"


async def test_a_post_alone_has_no_feed(serving: Open) -> None:
    urls = await serving(History(), "post")
    assert urls["post"].endswith("/echo")
    async with connected(urls["post"]) as connection:
        told = await connection.get("/short-poll")
        assert (told.status, told.json["served"]) == (404, ["POST /echo"])


async def test_another_method_is_not_allowed(serving: Open) -> None:
    urls = await serving(History(), "post")
    async with connected(urls["post"]) as connection:
        told = await connection.get("/echo")
        assert (told.status, told.headers["allow"]) == (405, "POST")
        connection.ask("/echo", "DELETE")
        assert (await connection.answer()).status == 405


async def test_a_post_that_is_not_utf_8_names_the_byte(serving: Open) -> None:
    urls = await serving(History(), "post")
    async with connected(urls["post"]) as connection:
        connection.ask("/echo", "POST", b"good \xff bad")
        told = await connection.answer()
        assert told.status == 400
        assert told.json == {"error": "the text is not UTF-8: invalid start byte at byte 5"}
        connection.ask("/echo", "POST", b"next")
        assert (await connection.answer()).body == b"NEXT!!!"


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_post_has_a_limit(serving: Open, chunked: bool) -> None:
    urls = await serving(History(), "post")
    async with connected(urls["post"]) as connection:
        connection.ask("/echo", "POST", b"x" * MAX_TEXT_BYTES)
        assert (await connection.answer()).body == b"X" * MAX_TEXT_BYTES + b"!!!"
        if chunked:
            chunk = b"%x\r\n%b\r\n" % (MAX_TEXT_BYTES + 1, b"x" * (MAX_TEXT_BYTES + 1))
            connection.ask("/echo", "POST", extra="Transfer-Encoding: chunked\r\n")
            connection._writer.write(chunk + b"0\r\n\r\n")
        else:
            connection.ask("/echo", "POST", b"x" * (MAX_TEXT_BYTES + 1))
        told = await connection.answer()
    assert told.status == 413
    assert told.json == {"error": "a text may have 65536 bytes", "limit": 65_536}


@pytest.fixture
async def url(serving: Open) -> str:
    return echoes(await serving(History(), "websocket"))["websocket"]


async def test_each_frame_is_answered_by_one_in_order(url: str) -> None:
    async with connect(url) as connection:
        for text, _ in CAPITALS:
            await connection.send(text)
        for _, expected in CAPITALS:
            assert await connection.recv() == expected
        await connection.send("x" * MAX_TEXT_BYTES)
        assert await connection.recv() == "X" * MAX_TEXT_BYTES + "!!!"


async def test_the_subprotocol_is_agreed_on(url: str) -> None:
    asked = [Subprotocol("chat"), Subprotocol(SUBPROTOCOL)]
    async with connect(url, subprotocols=asked) as connection:
        assert connection.subprotocol == SUBPROTOCOL
    async with connect(url) as connection:
        assert connection.subprotocol is None


async def test_other_subprotocols_are_refused_by_name(url: str) -> None:
    asked = [Subprotocol("chat"), Subprotocol("superchat")]
    with pytest.raises(InvalidStatus) as caught:
        await connect(url, subprotocols=asked)
    response = caught.value.response
    assert response.status_code == 400
    assert b"asked for chat, superchat; offered is echo.pushbench" in response.body


async def test_the_feed_beside_it_has_no_subprotocol(url: str) -> None:
    feed = url.replace("/echo", "/websocket")
    async with connect(feed, subprotocols=[Subprotocol(SUBPROTOCOL)]) as connection:
        assert connection.subprotocol is None


async def closed(connection: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosedError) as caught:
        await connection.recv()
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


async def test_a_binary_frame_is_not_taken(url: str) -> None:
    async with connect(url) as connection:
        await connection.send(b"\x00\x01")
        assert await closed(connection) == (1003, "the echo takes text frames, not binary")


async def test_a_frame_has_a_limit(url: str) -> None:
    async with connect(url) as connection:
        await connection.send("x" * (MAX_TEXT_BYTES + 1))
        assert (await closed(connection))[0] == 1009


async def test_a_frame_has_to_be_utf_8(url: str) -> None:
    async with connect(url) as connection:
        connection.protocol.send_text(b"good \xff bad")
        await connection.ping()  # writes what the protocol holds
        assert (await closed(connection))[0] == 1007


async def test_a_server_may_publish_nothing() -> None:
    settings = ServerSettings(transports=("websocket",), publishes=False, autostart=True)
    async with running(settings) as ready, connect(ready.echo["websocket"]) as connection:
        await connection.send("still here")
        assert await connection.recv() == "STILL HERE!!!"
        async with connected(ready.control) as control:
            assert (await control.get("/figures")).json["published"]["last_seq"] == 0
