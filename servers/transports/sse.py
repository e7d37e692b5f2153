"""Server-sent events: `GET /sse?after=N` is answered with an event stream that does not end.

It is never compressed, whatever the other transports do: a compressor would have to be flushed for
each event and each reader.
"""

import asyncio

from aiohttp import HttpVersion11, web

from feed.history import Gap, History
from servers.errors import Refusal
from servers.http import cursor
from servers.settings import ServerSettings, SlowReader
from servers.transports.fan_out import DrainWatch, FanOut

COMMENT = b":\n"
HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
LAST_EVENT_ID = "Last-Event-ID"


def event(seq: int, message: bytes) -> bytes:
    """An encoded event under its number, which a browser names when it connects again.

    One `data` line is enough: JSON escapes whatever would end it.
    """
    return b"id: %d\ndata: %b\n\n" % (seq, message)


def gap(first_seq: int, last_seq: int) -> bytes:
    """Events up to last_seq are left out; the oldest that was not evicted is first_seq."""
    data = b'{"first_seq":%d,"last_seq":%d}' % (first_seq, last_seq)
    return b"id: %d\nevent: gap\ndata: %b\n\n" % (last_seq, data)


def chunk(data: bytes) -> bytes:
    """`data`, not empty, as one chunk of a body without a known end (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class Reader:
    """One open stream, to which chunks are written past aiohttp: each is made once for all."""

    def __init__(
        self, request: web.BaseRequest, fan_out: "FanOut[Reader]", slow_reader: SlowReader
    ) -> None:
        assert request.transport is not None
        self._transport = request.transport
        self._fan_out = fan_out
        self._watch = DrainWatch(request, slow_reader, self._give_up)

    def push(self, chunk: bytes) -> None:
        """Write, and wait for nobody."""
        try:
            self._transport.write(chunk)
        except RuntimeError:
            return  # uvloop's, of a client that has gone: its handler is about to be cancelled
        self._watch.check()

    async def _give_up(self) -> None:
        self._fan_out.leave(self)
        self._transport.abort()


class Streams:
    """The handler of all streams of one feed: its readers, and a comment after heartbeat_s of
    silence, as a proxy may close a connection on which nothing comes.
    """

    def __init__(self, history: History, settings: ServerSettings) -> None:
        self._settings = settings
        self._fan_out: FanOut[Reader] = FanOut(
            history, lambda joined, message: self._push(joined, event(history.last_seq, message))
        )
        self._written_s = 0.0  # when all were last written to
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """All that came after the client's cursor, then each event as it comes, to the close.

        Raises Refusal (400, 505).
        """
        # A browser that connects again sends the header, with the URL of the first time.
        name, text = LAST_EVENT_ID, request.headers.get(LAST_EVENT_ID)
        if text is None:
            name, text = "after", request.query.get("after")
        after = cursor.parse(text, self._fan_out.history, name)
        if request.version < HttpVersion11:
            raise Refusal(505, "an event stream needs HTTP/1.1")
        response = web.StreamResponse(headers=HEADERS)
        try:
            await response.prepare(request)
            await self._catch_up(response, after)
            if request.transport is not None:
                reader = Reader(request, self._fan_out, self._settings.slow_reader)
                await self._stay(reader)
        except ConnectionError:
            pass  # the client has left
        return response

    async def _catch_up(self, response: web.StreamResponse, after: int) -> None:
        async def send(message: bytes) -> None:
            nonlocal after
            after += 1
            await response.write(event(after, message))

        while True:
            try:
                return await self._fan_out.catch_up(after, send)
            except Gap as missing:
                await response.write(gap(missing.first_seq, missing.last_seq))
                after = missing.last_seq

    async def _stay(self, reader: Reader) -> None:
        """The handler is cancelled when its client leaves."""
        self._fan_out.join(reader)
        if self._timer is None:
            self._written_s = asyncio.get_running_loop().time()
            self._beat()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._fan_out.leave(reader)
            if not self._fan_out.joined and self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _push(self, joined: set[Reader], data: bytes) -> None:
        pushed = chunk(data)
        for reader in joined:
            reader.push(pushed)
        self._written_s = asyncio.get_running_loop().time()

    def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() >= self._written_s + self._settings.heartbeat_s:
            self._push(self._fan_out.joined, COMMENT)
        self._timer = loop.call_at(self._written_s + self._settings.heartbeat_s, self._beat)
