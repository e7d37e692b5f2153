"""What the servers on Node answer to a subscriber who says what makes no sense."""

import contextlib

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from feed.spec import FeedSpec
from tests.servers.node.conftest import WEBSOCKET, Serve

pytestmark = pytest.mark.node

SOCKETIO = "socketio-websocket@node"
FEED = FeedSpec(schedule="constant", rate_per_s=200.0)
TOO_LONG = "x" * 70_000
NOT_UTF_8 = b"\xc3\x28"


async def closed(connection: ClientConnection) -> int:
    """The code of the close frame, behind whatever events come before it; 1006 without one."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await connection.recv()
    assert connection.close_code is not None
    return connection.close_code


async def goes_on(connection: ClientConnection) -> bool:
    """Whether the next events come one by one."""
    first, second = [str(await connection.recv()) for _ in range(2)]
    return '"seq":' in first and '"seq":' in second


@pytest.mark.parametrize(
    ("message", "text", "code"),
    [(TOO_LONG, None, 1009), (NOT_UTF_8, True, 1007)],
    ids=["too long", "no UTF-8"],
)
async def test_a_subscriber_is_closed_with_a_code(
    serve: Serve, message: str | bytes, text: bool | None, code: int
) -> None:
    url = serve(autostart=True, feed=FEED, transports=[WEBSOCKET])["urls"][WEBSOCKET]
    async with connect(url, max_queue=None) as other, connect(url) as connection:
        await connection.send(message, text=text)
        assert await closed(connection) == code
        assert await goes_on(other)


@pytest.mark.parametrize("message", ["hello", b"\x00\x01"], ids=["text", "binary"])
async def test_what_a_subscriber_says_is_ignored(serve: Serve, message: str | bytes) -> None:
    url = serve(autostart=True, feed=FEED, transports=[WEBSOCKET])["urls"][WEBSOCKET]
    async with connect(url) as connection:
        await connection.send(message)
        await connection.ping(b"\xff\x00")
        await connection.send("x" * 70_000)  # behind the pong
        assert await closed(connection) == 1009
        assert connection.latency > 0  # measured by the pong alone, whose bytes are the ping's


async def test_a_feed_has_no_subprotocol(serve: Serve) -> None:
    url = serve(feed=FEED, transports=[WEBSOCKET])["urls"][WEBSOCKET]
    async with connect(url, subprotocols=[Subprotocol("soap")]) as connection:
        assert connection.subprotocol is None


@pytest.mark.parametrize(
    ("message", "text", "code"),
    [
        pytest.param(TOO_LONG, None, 1009, id="too long"),
        pytest.param(NOT_UTF_8, True, 1007, id="no UTF-8"),
        pytest.param("garbage", None, 1005, id="no packet"),
        pytest.param("42[", None, 1005, id="no JSON"),
        pytest.param(b"\x00\x01", None, 1005, id="binary"),
    ],
)
async def test_socket_io_closes_who_makes_no_sense(
    serve: Serve, message: str | bytes, text: bool | None, code: int
) -> None:
    ready = serve(autostart=True, feed=FEED, transports=[SOCKETIO])
    url = f"{ready['urls'][SOCKETIO]}?EIO=4&transport=websocket"
    async with connect(url, max_queue=None) as other, connect(url) as connection:
        for each in (other, connection):
            assert str(await each.recv()).startswith("0{")
            await each.send("40")
            assert str(await each.recv()).startswith("40{")
        await connection.send(message, text=text)
        assert await closed(connection) == code
        assert await goes_on(other)
