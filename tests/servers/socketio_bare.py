"""Sessions of Socket.IO by hand: a bare WebSocket, and bare polls."""

import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.servers.http_client import Connection, connected

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
