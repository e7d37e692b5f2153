"""The feed over WebSocket, as docs/reference/protocol/feed.md has it: path, cursor, close codes."""

import asyncio
from collections.abc import Awaitable
from urllib.parse import parse_qs, urlsplit

from feed.history import Gap, History
from servers.errors import Refusal
from servers.http import cursor
from servers.transports.fan_out import CLOSE_S

PATH = "/websocket"
GAP = 4410
GOING_AWAY = 1001
TRY_AGAIN_LATER = 1013

MAX_INCOMING_BYTES = 1024


def cursor_of(target: str, history: History, path: str = PATH) -> int:
    """The cursor in a handshake's target, as in "/websocket?after=17".

    Raises Refusal: 404 for another path, 400 for what is no cursor.
    """
    place = urlsplit(target)
    if place.path != path:
        raise Refusal(404, f"the feed is at {path}")
    query = parse_qs(place.query, keep_blank_values=True)
    return cursor.parse(query.get("after", [None])[0], history)


def gap_reason(gap: Gap) -> str:
    """The reason in a close frame with code GAP."""
    return f"gap: first_seq={gap.first_seq} last_seq={gap.last_seq}"


def slow_reason(unsent_bytes: int) -> str:
    """The reason in one with code TRY_AGAIN_LATER."""
    return f"reads too slowly: {unsent_bytes} bytes wait"


async def end_in_time(closing: Awaitable[object], transport: asyncio.WriteTransport) -> None:
    """Wait for a closing handshake; after CLOSE_S, abort what is left of it."""
    try:
        # It first waits for the full buffer to drain, and that has no end of its own.
        async with asyncio.timeout(CLOSE_S):
            await closing
    except TimeoutError:
        transport.abort()
