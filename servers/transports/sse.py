"""Server-sent events: `GET /sse?after=N` is answered with an event stream that does not end.

It is never compressed, whatever the other transports do: a compressor would have to be flushed for
each event and each reader.
"""

import asyncio

from aiohttp import HttpVersion11, web

from feed.history import Gap, History
from servers.errors import Refusal
from servers.http import cursor
from servers.http.aiohttp_site import Handler
from servers.settings import ServerSettings, SlowReader

COMMENT = b":\n"
HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}


def event(seq: int, message: bytes) -> bytes:
    """An encoded event under its number, which a browser names when it connects again.

    One `data` line is enough: JSON escapes whatever would end it.
    """
    return b"id: %d\ndata: %b\n\n" % (seq, message)


def gap(first_seq: int, last_seq: int) -> bytes:
    """That the events up to last_seq are left out; what is held begins with first_seq."""
    told = b'{"first_seq":%d,"last_seq":%d}' % (first_seq, last_seq)
    return b"id: %d\nevent: gap\ndata: %b\n\n" % (last_seq, told)


def chunk(data: bytes) -> bytes:
    """`data`, not empty, as one chunk of a body without a known end (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_EVENT_ID = "Last-Event-ID"

# While it catches up, a stream leaves the loop to the others after this many events.
CATCH_UP_TURN = 256


def sse(history: History, settings: ServerSettings) -> Handler:
    """The handler of all streams of this feed. It raises Refusal (400), which the site answers."""
    return Feed(history, settings.slow_reader, settings.heartbeat_s).subscribe


class Reader:
    """One open stream, to which chunks are written past aiohttp: each is made once for all."""

    def __init__(self, request: web.BaseRequest, transport: asyncio.Transport) -> None:
        self._protocol, self._writer = request.protocol, request.writer
        self._transport = transport
        self._full: asyncio.Future[None] | None = None

    def push(self, chunk: bytes) -> None:
        """Write, and wait for nobody."""
        self._transport.write(chunk)
        if self._full and self._protocol.writing_paused and not self._full.done():
            self._full.set_result(None)

    async def hold(self, slow_reader: SlowReader) -> None:
        """Until the reader stays behind that limit, and is cut off; who leaves cancels this."""
        self._transport.set_write_buffer_limits(high=slow_reader.buffer_bytes)
        try:
            while True:
                self._full = asyncio.get_running_loop().create_future()
                await self._full
                async with asyncio.timeout(slow_reader.grace_s):
                    await self._writer.drain()
        except TimeoutError:
            self._transport.abort()


class Feed:
    """The readers, and the one listener that fans each event out to them."""

    def __init__(self, history: History, slow_reader: SlowReader, heartbeat_s: float) -> None:
        self._history = history
        self._slow_reader = slow_reader
        self._heartbeat_s = heartbeat_s
        self._joined: set[Reader] = set()
        self._written_s = 0.0  # when all were last written to
        self._timer: asyncio.TimerHandle | None = None
        history.listen(self._fan_out)

    async def subscribe(self, request: web.BaseRequest) -> web.StreamResponse:
        """All that came after the client's cursor, then each event as it comes, to the close."""
        after = self._cursor(request)
        if request.version < HttpVersion11:
            raise Refusal(505, "an event stream needs HTTP/1.1")
        response = web.StreamResponse(headers=HEADERS)
        try:
            await response.prepare(request)
            # Its end, nothing left to send, and joining are one step: no event can fall between.
            await self._catch_up(response, after)
            if request.transport is not None:
                await self._stay(Reader(request, request.transport))
        except ConnectionError:
            pass  # the client has left
        return response

    async def _catch_up(self, response: web.StreamResponse, after: int) -> None:
        while True:
            try:
                messages = self._history.since(after)
            except Gap as missing:
                await response.write(gap(missing.first_seq, missing.last_seq))
                after = missing.last_seq
                continue
            if not messages:
                return
            for count, message in enumerate(messages, start=1):
                after += 1
                await response.write(event(after, message))
                if count % CATCH_UP_TURN == 0:
                    await asyncio.sleep(0)

    async def _stay(self, reader: Reader) -> None:
        self._joined.add(reader)
        if self._timer is None:
            self._written_s = asyncio.get_running_loop().time()
            self._beat()
        try:
            await reader.hold(self._slow_reader)
        finally:
            self._joined.discard(reader)
            if not self._joined and self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _fan_out(self, message: bytes) -> None:
        if self._joined:
            self._push(event(self._history.last_seq, message))

    def _push(self, data: bytes) -> None:
        pushed = chunk(data)
        for reader in self._joined:
            reader.push(pushed)
        self._written_s = asyncio.get_running_loop().time()

    def _beat(self) -> None:
        """Break a silence: a proxy may take it for the end."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._written_s + self._heartbeat_s:
            self._push(COMMENT)
        self._timer = loop.call_at(self._written_s + self._heartbeat_s, self._beat)

    def _cursor(self, request: web.BaseRequest) -> int:
        """A browser that connects again sends the header, with the URL of the first time."""
        last_event_id = request.headers.get(LAST_EVENT_ID)
        if last_event_id is not None:
            return cursor.parse(last_event_id, self._history, LAST_EVENT_ID)
        return cursor.parse(request.query.get("after"), self._history)
