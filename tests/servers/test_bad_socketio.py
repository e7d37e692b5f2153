"""What Socket.IO's servers are told that makes no sense: refused or dropped, and nobody notices."""

import pytest
from websockets.exceptions import ConnectionClosedError

from feed.history import History
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
)


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
