"""Server-sent events: one request, and an answer that brings the events and does not end."""

import asyncio
import socket
from collections.abc import Callable
from time import monotonic_ns
from typing import Self
from urllib.parse import urlsplit

import httptools
import msgspec

from feed.event import decode
from loadgen.clients.client import Subscription
from loadgen.clients.connections.sockets import dial, resolve
from loadgen.clients.connections.stream import Stream, open_stream
from loadgen.clients.header_profiles import stream_request
from loadgen.clients.push.sse_decoder import EventStream
from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.recorder import Recorder

OPENED_WITHIN_S = 30.0
CONTENT_TYPE = b"text/event-stream"
EVENT, GAP = b"message", b"gap"


class EventSource(Stream):
    """The connection of one event stream: what comes goes to the recorder, all bytes are counted.

    opened is done once the answer's head is there, with ConnectionError where it brings no stream;
    is_open tells that it does. reason: why it ended, in one line.
    """

    def __init__(
        self,
        sock: socket.socket,
        recorder: Recorder,
        lost: Callable[[Self], None],
        over: Callable[[Self], None],
        tls: bool = False,
    ) -> None:
        super().__init__(sock, lost, over, tls)
        self.is_open = False
        self.reason = "the connection was lost"
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._recorder = recorder
        self._record = recorder.event
        self._kind = b""  # of the answer's content
        self._body: list[bytes] = []
        self._head_complete = False
        self._complete = False
        self._events = EventStream()
        self._parser = httptools.HttpResponseParser(self)

    # What the event loop calls.

    def data_received(self, data: bytes) -> None:
        received_ns = monotonic_ns()
        self._down_bytes += len(data)
        reason = self._parse(data)
        if self._head_complete and not self.opened.done() and not self._opens():
            return
        if self._body:
            body = b"".join(self._body)
            self._body.clear()
            for kind, message in self._events.feed(body):
                self._take(kind, message, received_ns)
        if reason:
            self._end(reason)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(self.reason))
        super().connection_lost(error)

    def _parse(self, data: bytes) -> str:
        """Why nothing follows; "" as long as it may. What came before is taken all the same."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            return "the server’s answer is no HTTP"
        return "the server ended the stream" if self._complete else ""

    def _opens(self) -> bool:
        status = self._parser.get_status_code()
        if status != 200:
            self._end(f"the server answered {status}")
        elif self._kind != CONTENT_TYPE:
            self._end(f"the server sends no event stream but {self._kind.decode(errors='replace')}")
        else:
            self.opened.set_result(None)
            self.is_open = True
        return self.is_open

    def _take(self, kind: bytes, message: bytes, received_ns: int) -> None:
        try:
            if kind == EVENT:
                self._record(decode(message), len(message), received_ns)
                return
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        if kind == GAP:
            self._recorder.gap()
        else:
            self._end(f"an event of a kind or content that is none of the feed’s: {message[:80]!r}")

    def _end(self, reason: str) -> None:
        if not self._transport.is_closing():
            self.reason = reason
            self._transport.abort()

    # What the parser calls. An exception here would come back as a HttpParserError: only collect.

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self._kind = value.partition(b";")[0].strip().lower()

    def on_headers_complete(self) -> None:
        self._head_complete = True

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        self._complete = True


class SseClient:
    """A Client that asks once and records what is pushed. Behind a gap its stream goes on."""

    def __init__(self, subscription: Subscription) -> None:
        self._recorder = subscription.recorder
        self._tls = subscription.tls
        url = urlsplit(subscription.url)
        self._host, self._port = url.hostname or "", url.port or 80
        self._request = stream_request(
            subscription.headers, url.netloc, url.path, subscription.after, scheme=url.scheme
        )
        self._source: EventSource | None = None
        self._closed = False

    async def connect(self) -> None:
        sock = await dial(await resolve(self._host, self._port))
        self._source = source = await open_stream(
            lambda: EventSource(
                sock, self._recorder, self._on_lost, _nobody, self._tls is not None
            ),
            sock,
            self._tls,
            self._host,
        )
        source.write(self._request)
        try:
            await asyncio.wait_for(source.opened, OPENED_WITHIN_S)
        except TimeoutError:
            raise ConnectionError(f"no answer within {OPENED_WITHIN_S:g} s") from None

    def start(self, epoch_ns: int) -> None:
        """Nothing to do: the server pushes from the request on."""

    def byte_counts(self) -> ByteCounts:
        return self._source.byte_counts() if self._source else ByteCounts()

    async def close(self) -> None:
        self._closed = True
        if self._source is not None:
            await self._source.close()

    def _on_lost(self, source: EventSource) -> None:
        if source.is_open and not self._closed:  # else whoever connects is told
            self._recorder.fail(source.reason)


def _nobody(source: EventSource) -> None:
    """There is nothing to be done."""
