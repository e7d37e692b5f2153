"""The fan-out that every push transport shares: catching up, joining, each event, slow readers.

What differs between them, how a message is written to a connection, is given as a function.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Generic, TypeVar

from aiohttp import web

from feed.event import encode_batch
from feed.history import History
from servers.settings import SlowReader

# While it catches up, a connection leaves the loop to the others after this many events.
CATCH_UP_TURN = 256
# A client has this long to take what is unsent and to close; then it is cut off.
CLOSE_S = 0.3
# To send its request: thousands of clients may connect to one busy core at once.
OPEN_S = 30.0

Connection = TypeVar("Connection")


class FanOut(Generic[Connection]):
    """The connections of one feed: those that have caught up get each event as it is appended."""

    def __init__(
        self, history: History, push: Callable[[set[Connection], bytes], None], batch_s: float = 0.0
    ) -> None:
        """push: sends a message to each of a set, and waits for none of them. The message is an
        encoded event or, where batch_s is not 0, those of that time as one JSON array.

        open: all that opened() gave and closed() has not taken; joined: those that have caught up.
        """
        self.history = history
        self.joined: set[Connection] = set()
        send = partial(push, self.joined)
        self._batch = Batch(batch_s, send)
        self.open: dict[Connection, None] = {}  # a set that keeps its order
        self._none_open = asyncio.Event()
        self._tasks: dict[Connection, asyncio.Task[None]] = {}
        history.listen(self._batch.add if batch_s else send)

    def opened(self, connection: Connection) -> None:
        """One more for close() to close, whether it joins or not."""
        self.open[connection] = None

    def begin(self, connection: Connection, catching_up: Coroutine[None, None, None]) -> None:
        """Run this as a task, which is cancelled where the connection is closed before its end."""
        task = asyncio.get_running_loop().create_task(catching_up)
        self._tasks[connection] = task
        task.add_done_callback(lambda _: self._tasks.pop(connection, None))

    async def catch_up(
        self,
        after: int,
        send: Callable[[bytes], Awaitable[None]],
        newest: Callable[[], int] | None = None,
    ) -> None:
        """Send what came after the cursor, and what comes meanwhile. Raises feed.history.Gap.

        It returns without giving the loop a turn: who joins in the same step misses no event.
        newest: the seq of the last event that those who joined were sent; by default the feed's.
        """
        count = 0
        while messages := self.history.since(after):
            for message in messages[: None if newest is None else max(0, newest() - after)]:
                await send(message)
                after += 1
                count += 1
                if count % CATCH_UP_TURN == 0:
                    await asyncio.sleep(0)
            if newest is not None and after >= newest():
                return

    def join(self, connection: Connection) -> None:
        """From the next event on. It must have been sent all that came before."""
        self._batch.flush()  # for the others: the newcomer has these events already
        self.joined.add(connection)

    def leave(self, connection: Connection) -> None:
        """No more events, and no more catching up; no error where it had not joined."""
        self.joined.discard(connection)
        if task := self._tasks.get(connection):
            task.cancel()

    def closed(self, connection: Connection) -> None:
        """It leaves, and is no longer there to be closed."""
        self.leave(connection)
        self.open.pop(connection, None)
        if not self.open:
            self._none_open.set()

    async def close(
        self, close: Callable[[Connection], None], abort: Callable[[Connection], None]
    ) -> None:
        """Close every connection, and abort those that are still there after CLOSE_S."""
        self._none_open.clear()
        for connection in list(self.open):
            close(connection)
        if self.open:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._none_open.wait(), CLOSE_S)
        for connection in list(self.open):
            abort(connection)


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


class WriteLimited(asyncio.BaseProtocol):
    """A protocol that gives up where its unsent bytes stay above a limit for longer than a grace.

    A fan-out waits for nobody. But a transport calls by itself, through pause_writing and
    resume_writing, when its buffer grows over a limit and when it has shrunk: so nothing has to be
    looked up per message and connection.
    """

    _slow_reader: SlowReader | None = None  # once it is watched
    _paused = False
    _grace: asyncio.TimerHandle | None = None
    _resumed: asyncio.Future[None] | None = None

    def watch(self, transport: asyncio.WriteTransport, slow_reader: SlowReader) -> None:
        """From now on; while a connection catches up, it waits for writable() instead."""
        self._slow_reader = slow_reader
        transport.set_write_buffer_limits(high=slow_reader.buffer_bytes)

    def give_up(self) -> None:
        """What becomes of a slow reader."""
        raise NotImplementedError

    async def writable(self) -> None:
        """Wait while the transport takes no more; at once where it does."""
        if self._paused:
            self._resumed = asyncio.get_running_loop().create_future()
            await self._resumed

    def pause_writing(self) -> None:
        super().pause_writing()
        self._paused = True
        if self._slow_reader is not None:
            loop = asyncio.get_running_loop()
            self._grace = loop.call_later(self._slow_reader.grace_s, self.give_up)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._paused = False
        self.end_grace()
        if self._resumed is not None and not self._resumed.done():
            self._resumed.set_result(None)

    def end_grace(self) -> None:
        """Do not give up; to be called where the connection is lost."""
        if self._grace is not None:
            self._grace.cancel()


class DrainWatch:
    """What WriteLimited does, for a connection of aiohttp: its protocol does not pass on that it is
    paused, so that is looked up after each write, and a task waits until it is not.
    """

    __slots__ = ("_writer", "_protocol", "_slow_reader", "_give_up", "_task")

    def __init__(
        self,
        request: web.BaseRequest,
        slow_reader: SlowReader,
        give_up: Callable[[], Awaitable[None]],
    ) -> None:
        assert request.transport is not None
        request.transport.set_write_buffer_limits(high=slow_reader.buffer_bytes)
        self._writer = request.writer
        self._protocol = request.protocol
        self._slow_reader = slow_reader
        self._give_up = give_up
        self._task: asyncio.Task[None] | None = None

    def check(self) -> None:
        """To be called after each write."""
        if self._protocol.writing_paused and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        try:
            async with asyncio.timeout(self._slow_reader.grace_s):
                await self._writer.drain()
        except TimeoutError:
            await self._give_up()
        except ConnectionError:
            pass  # it is gone
        finally:
            self._task = None
