"""python-socketio's own client, as the independent peer of a Socket.IO server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import engineio
import socketio

Told = tuple[str, Any]  # what was said, as in ("event", {…}), ("gap", {…}), ("disconnect", reason)


@asynccontextmanager
async def told(url: str, way: str, auth: object = None) -> AsyncIterator["asyncio.Queue[Told]"]:
    """All that a client is told, as it comes. way: `polling` or `websocket`.

    A refusal is told as ("connect_error", {…}). The library takes at most 16 packets in one
    answer to a poll, unless told otherwise; a browser has no such limit.
    """
    queue: asyncio.Queue[Told] = asyncio.Queue()
    client = socketio.AsyncClient(reconnection=False)
    for name in ("event", "gap", "connect_error", "disconnect"):
        client.on(name, _putting(queue, name))
    with patch.object(engineio.payload.Payload, "max_decode_packets", 1_000_000):
        await client.connect(url, transports=[way], auth=auth, wait=False)
        # Its own disconnect() would wait for a poll that the server goes on to hold.
        loops = [client.eio.read_loop_task, client.eio.write_loop_task]
        try:
            yield queue
        finally:
            await client.eio.disconnect(abort=True)
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)


def _putting(queue: "asyncio.Queue[Told]", name: str) -> Any:
    async def put(said: object) -> None:
        queue.put_nowait((name, said))

    return put
