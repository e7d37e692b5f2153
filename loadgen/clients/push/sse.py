"""Server-sent events: one request, and an answer that brings the events and does not end."""

import asyncio
import socket
from collections.abc import Callable
from time import monotonic_ns

import httptools
import msgspec

from loadgen.clients.client import Subscription
from loadgen.clients.connections.single_connection import SingleConnectionClient
from loadgen.clients.connections.sockets import Connections
from loadgen.clients.connections.stream import Stream, open_stream
from loadgen.clients.header_profiles import stream_request
from loadgen.clients.push.sse_decoder import EventStream
from loadgen.recording.recorder import NO_EVENT

OPENED_WITHIN_S = 30.0
CONTENT_TYPE = b"text/event-stream"
EVENT, GAP = b"message", b"gap"


class EventSource(Stream):
    """The connection of one event stream: its events to the recorder, all bytes counted.

    opened: done once the answer's head has come; with ConnectionError where it brings no stream.
    """

    def __init__(
        self,
        sock: socket.socket,
        connections: Connections["EventSource"],
        lost: Callable[["EventSource"], None],
    ) -> None:
        super().__init__(sock, connections, lost)
        self.is_open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._recorder = connections.subscription.recorder
        self._content_type = b""
        self._body: list[bytes] = []
        self._head_complete = False
        self._complete = False
        self._events = EventStream()
        self._parser = httptools.HttpResponseParser(self)

    # What the event loop calls.

    def data_received(self, data: bytes) -> None:
        received_ns = monotonic_ns()
        self._down_bytes += len(data)
        reason = ""  # why nothing follows; what came before is taken all the same
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            reason = "the server’s answer is no HTTP"
        if self._complete:
            reason = reason or "the server ended the stream"
        if self._head_complete and not self.is_open and not self._opens():
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

    def _opens(self) -> bool:
        status = self._parser.get_status_code()
        if status != 200:
            self._end(f"the server answered {status}")
        elif self._content_type != CONTENT_TYPE:
            given = self._content_type.decode(errors="replace")
            self._end(f"the server sends no event stream but {given}")
        elif not self.opened.done():
            self.opened.set_result(None)
            self.is_open = True
        return self.is_open

    def _take(self, kind: bytes, message: bytes, received_ns: int) -> None:
        if kind == GAP:
            self._recorder.gap()
            return
        try:
            if kind != EVENT:
                raise msgspec.ValidationError("another kind")
            self._recorder.message(message, received_ns)
        except NO_EVENT:
            self._end(f"an event of a kind or content that is none of the feed’s: {message[:80]!r}")

    # What the parser calls. An exception here would come back as a HttpParserError: only collect.

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self._content_type = value.partition(b";")[0].strip().lower()

    def on_headers_complete(self) -> None:
        self._head_complete = True

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        self._complete = True


class SseClient(SingleConnectionClient[EventSource]):
    """A Client that asks once and records what is pushed. After a gap its stream goes on."""

    def __init__(self, subscription: Subscription) -> None:
        super().__init__(subscription)
        self._request = stream_request(subscription.headers, subscription.url, subscription.after)

    async def _open(self, after: int) -> None:
        source = await open_stream(
            self._connections, lambda sock: EventSource(sock, self._connections, self._on_lost)
        )
        source.write(self._request)
        try:
            await asyncio.wait_for(source.opened, OPENED_WITHIN_S)
        except TimeoutError:
            raise ConnectionError(f"no answer within {OPENED_WITHIN_S:g} s") from None
