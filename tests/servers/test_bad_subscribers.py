"""What a bad WebSocket client is told by each library, and that the others notice nothing."""

import asyncio
from typing import NamedTuple

import pytest
from websockets.asyncio.client import connect

from feed.event import decode
from feed.history import History
from servers.registry import TRANSPORTS
from tests.servers.conftest import Open
from tests.servers.events import extend
from tests.servers.http_client import Connection, connected

LIBRARIES = [name for name in TRANSPORTS if name.partition("@")[0] == "websocket"]
HANDSHAKE = (
    "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
CONTINUATION, TEXT, BINARY, PING, MORE = 0x80, 0x81, 0x82, 0x89, 0x80
MASK = b"\x01\x02\x03\x04"

pytestmark = pytest.mark.parametrize("transport", LIBRARIES)


def frame(first: int, payload: bytes, mask: bytes = MASK) -> bytes:
    """A frame from a client (RFC 6455, section 5.2)."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([first]) + length + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


class Closed(NamedTuple):
    code: int
    reason: str


async def closed(connection: Connection) -> Closed:
    """The close frame, which must be the last thing that comes."""
    sent = await connection.rest()
    at = sent.index(0x88)
    size = sent[at + 1]
    payload = sent[at + 2 : at + 2 + size]
    return Closed(int.from_bytes(payload[:2], "big"), payload[2:].decode())


@pytest.mark.parametrize(
    ("sent", "code", "told"),
    [
        (frame(TEXT, b"\xff\xfe"), 1007, ""),
        (frame(TEXT, b"x" * 1_025), 1009, "1024"),
        (frame(TEXT ^ MORE, b"x" * 600) + frame(CONTINUATION, b"x" * 600), 1009, "1024"),
        (frame(0x83, b"x"), 1002, ""),  # no such opcode
        (frame(CONTINUATION, b"x"), 1002, ""),  # of nothing
        (frame(0x40 | TEXT, b"x"), 1002, ""),  # compressed, which was not agreed
    ],
    ids=["no UTF-8", "too long", "too long in parts", "opcode", "continues nothing", "bit"],
)
async def test_it_is_closed_with_a_code_and_a_reason(
    serving: Open, transport: str, sent: bytes, code: int, told: str
) -> None:
    history = History()
    urls = await serving(history, transport)
    async with connect(urls[transport]) as good, connected(urls[transport]) as bad:
        assert (await bad.get("/websocket", HANDSHAKE)).status == 101
        bad.send(sent)
        answer = await closed(bad)
        assert answer.code == code
        assert answer.reason
        assert told in answer.reason
        extend(history, 1)
        assert decode(await good.recv(decode=False)).seq == 1


async def test_a_frame_that_is_not_masked_hurts_nobody_else(serving: Open, transport: str) -> None:
    history = History()
    urls = await serving(history, transport)
    async with connect(urls[transport]) as good, connected(urls[transport]) as bad:
        await bad.get("/websocket", HANDSHAKE)
        bad.send(b"\x81\x01x")
        if transport != "websocket@aiohttp":  # which takes it as it is
            assert (await closed(bad)).code == 1002
        extend(history, 1)
        assert decode(await good.recv(decode=False)).seq == 1


async def test_what_is_allowed_closes_nobody(serving: Open, transport: str) -> None:
    history = History()
    urls = await serving(history, transport)
    async with connected(urls[transport]) as connection:
        await connection.get("/websocket", HANDSHAKE)
        euro = "€".encode()
        connection.send(frame(BINARY, b"\xff\xfe") + frame(TEXT, b"x" * 1_024))
        connection.send(frame(TEXT ^ MORE, euro[:1]) + frame(CONTINUATION, euro[1:]))
        connection.send(frame(PING, b"still there?"))
        assert await connection.take(14) == b"\x8a\x0cstill there?"
        extend(history, 1)
        assert (await connection.take(2))[0] == TEXT


async def test_a_close_is_answered_with_its_code(serving: Open, transport: str) -> None:
    urls = await serving(History(), transport)
    async with connected(urls[transport]) as connection:
        await connection.get("/websocket", HANDSHAKE)
        connection.send(frame(0x88, (4321).to_bytes(2, "big") + b"bye"))
        assert (await closed(connection)).code in (4321, 1000)


@pytest.mark.parametrize(
    ("request_", "statuses"),
    [
        ("GET /elsewhere HTTP/1.1\r\nHost: x\r\n" + HANDSHAKE + "\r\n", {404}),
        ("GET /websocket?after=-1 HTTP/1.1\r\nHost: x\r\n" + HANDSHAKE + "\r\n", {400}),
        ("GET /websocket HTTP/1.1\r\nHost: x\r\n\r\n", {400, 426}),
        ("POST /websocket HTTP/1.1\r\nHost: x\r\n" + HANDSHAKE + "\r\n", {400, 404, 405}),
    ],
    ids=["path", "cursor", "no upgrade", "method"],
)
async def test_a_bad_handshake_is_refused_in_words(
    serving: Open, transport: str, request_: str, statuses: set[int]
) -> None:
    history = History()
    urls = await serving(history, transport)
    async with connect(urls[transport]) as good, connected(urls[transport]) as bad:
        bad.send(request_.encode())
        answer = await bad.answer()
        assert answer.status in statuses
        assert answer.body
        extend(history, 1)
        assert decode(await good.recv(decode=False)).seq == 1


async def test_nonsense_is_refused(serving: Open, transport: str) -> None:
    history = History()
    urls = await serving(history, transport)
    async with connect(urls[transport]) as good, connected(urls[transport]) as bad:
        bad.send(b"complete nonsense\r\n\r\n")
        told = await bad.rest()
        # websockets hangs up without a word.
        assert told.split()[1:2] == ([] if transport == "websocket" else [b"400"])
        extend(history, 1)
        assert decode(await good.recv(decode=False)).seq == 1


async def test_a_half_handshake_holds_nobody_up(serving: Open, transport: str) -> None:
    history = History()
    urls = await serving(history, transport)
    async with connected(urls[transport]) as half:
        half.send(b"GET /websocket HTTP/1.1\r\nHost: x\r\nUpgr")
        await asyncio.sleep(0)
        async with connect(urls[transport]) as good:
            extend(history, 1)
            assert decode(await good.recv(decode=False)).seq == 1
