"""What every WebSocket server of the feed does alike, whichever library it speaks with.

The path and its cursor, the codes that it closes with, and who hears which event.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from feed.event import encode_batch
from feed.history import Gap, History
from servers.errors import Refusal
from servers.http import cursor


class Batch:
    """Gathers events from the first one on for a time, then pushes them as one JSON array."""

    def __init__(self, span_s: float, push: Callable[[bytes], None]) -> None:
        """span_s: an event is pushed so much later, or up to one step of the loop's timer more."""
        self._span_s = span_s
        self._push = push
        self._gathered: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, message: bytes) -> None:
        """An encoded event. To be called on the running loop."""
        self._gathered.append(message)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._span_s, self.flush)

    def flush(self) -> None:
        """Push what there is, now; nothing where there is none."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._gathered:
            gathered, self._gathered = self._gathered, []
            self._push(encode_batch(gathered))


PATH = "/websocket"
GAP = 4410
GOING_AWAY = 1001
TRY_AGAIN_LATER = 1013

MAX_INCOMING_BYTES = 1024
# A client has this long to answer the closing handshake; then it is cut off.
CLOSE_S = 0.3
# Thousands of handshakes may queue up on one busy core.
OPEN_S = 30.0
# While it catches up, a connection leaves the loop to the others after this many events.
CATCH_UP_TURN = 256

Subscriber = TypeVar("Subscriber")


def asked(target: str, history: History, path: str = PATH) -> int:
    """The cursor in a handshake's target, as in "/websocket?after=17".

    Raises Refusal: 404 for another path, 400 for what is no cursor.
    """
    place = urlsplit(target)
    if place.path != path:
        raise Refusal(404, f"the feed is at {path}")
    query = parse_qs(place.query, keep_blank_values=True)
    return cursor.parse(query.get("after", [None])[0], history)


def gap_reason(gap: Gap) -> str:
    """What a close frame with code GAP says."""
    return f"gap: first_seq={gap.first_seq} last_seq={gap.last_seq}"


def slow_reason(waiting_bytes: int) -> str:
    """What one with code TRY_AGAIN_LATER says."""
    return f"reads too slowly: {waiting_bytes} bytes wait"


class Subscribers(Generic[Subscriber]):
    """Those who have caught up, and the one listener that fans each event out to them."""

    def __init__(
        self, history: History, push: Callable[[set[Subscriber], bytes], None], batch_s: float = 0.0
    ) -> None:
        """push: sends one message, an event or a batch of them, to each of a set, now."""
        self.joined: set[Subscriber] = set()
        self._push = push
        self._batch = Batch(batch_s, self._fan_out)
        history.listen(self._batch.add if batch_s else self._fan_out)

    def join(self, subscriber: Subscriber) -> None:
        """From the next event on. It must have been sent all that came before."""
        self._batch.flush()  # for the others: the newcomer has these events already
        self.joined.add(subscriber)

    def leave(self, subscriber: Subscriber) -> None:
        """Nothing more; no error where it had not joined."""
        self.joined.discard(subscriber)

    def _fan_out(self, message: bytes) -> None:
        self._push(self.joined, message)


def owed(history: History, after: int) -> Iterator[bytes]:
    """What came after the cursor, and what comes while it is sent. Raises Gap.

    Its end, nothing left to send, and joining must be one step: no event can fall between.
    """
    while messages := history.since(after):
        yield from messages
        after += len(messages)


async def catch_up(history: History, after: int, send: Callable[[bytes], Awaitable[None]]) -> None:
    """Send all that is owed, and return without giving the loop a turn. Raises Gap."""
    for count, message in enumerate(owed(history, after), start=1):
        await send(message)
        if count % CATCH_UP_TURN == 0:
            await asyncio.sleep(0)
