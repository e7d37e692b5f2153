"""Events by the number, and waiting without a clock."""

import asyncio
from collections.abc import Callable

from feed.event import Event
from feed.history import History


def event(seq: int, data: str = "text") -> Event:
    return Event(seq, seq * 1_000, data)


def extend(history: History, count: int, data: str = "text") -> None:
    """Append `count` events."""
    for seq in range(history.last_seq + 1, history.last_seq + count + 1):
        history.append(event(seq, data))


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until something is so; the test's own time limit ends it if it never is."""
    while not condition():
        await asyncio.sleep(0)
