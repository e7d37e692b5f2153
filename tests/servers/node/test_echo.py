"""The echo of nodejs-websocket and Socket.IO, and what they answer to what is wrong."""

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from feed.spec import FeedSpec
from tests.servers.node.conftest import WEBSOCKET, Serve

pytestmark = pytest.mark.node

FEED = FeedSpec(rate_per_s=0.001)
ECHO = Subprotocol("echo.pushbench")


@pytest.fixture
def url(serve: Serve) -> str:
    ready = serve(feed=FEED, transports=[WEBSOCKET])
    return str(ready["echo"][WEBSOCKET])


async def echoes(url: str) -> bool:
    """Whether the server is still there for others."""
    async with connect(url) as connection:
        await connection.send("straße")
        return await connection.recv() == "STRASSE!!!"


async def test_a_text_comes_back_in_capitals(url: str) -> None:
    async with connect(url, subprotocols=[Subprotocol("other"), ECHO]) as connection:
        assert connection.subprotocol == ECHO
        for text in ("hello", "", "x" * 65_000):
            await connection.send(text)
            assert await connection.recv() == f"{text.upper()}!!!"
    assert await echoes(url)


async def test_another_subprotocol_is_refused_by_name(url: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, subprotocols=[Subprotocol("chat")])
    assert refused.value.response.status_code == 400
    assert refused.value.response.body == b"asked for chat; offered: echo.pushbench\n"
    assert await echoes(url)


async def test_another_path_is_not_found(url: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(url.replace("/echo", "/elsewhere"))
    assert refused.value.response.status_code == 404


@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        (b"\x00\x01", 1003, "expected text"),
        ("x" * 70_000, 1009, ""),
    ],
)
async def test_a_wrong_message_closes_with_its_code(
    url: str, message: str | bytes, code: int, reason: str
) -> None:
    async with connect(url) as connection:
        await connection.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            await connection.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    assert reason in closed.value.rcvd.reason
    assert await echoes(url)


async def test_text_that_is_not_utf_8_closes_with_1007(url: str) -> None:
    async with connect(url) as connection:
        await connection.send(b"\xc3\x28", text=True)
        with pytest.raises(ConnectionClosed) as closed:
            await connection.recv()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1007, "not UTF-8")
    assert await echoes(url)


async def test_socket_io_acknowledges_an_echo(serve: Serve) -> None:
    name = "socketio-websocket@node"
    ready = serve(feed=FEED, transports=[name])
    async with connect(f"{ready['urls'][name]}?EIO=4&transport=websocket") as connection:
        await connection.recv()
        await connection.send("40")
        await connection.recv()
        await connection.send('42["echo"]')  # without a text: not answered
        await connection.send('427["echo","hello"]')
        assert await connection.recv() == '437["HELLO!!!"]'
