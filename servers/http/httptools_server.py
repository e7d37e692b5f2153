"""A bare HTTP/1.1 server on asyncio.Protocol and httptools: no task, no object but the request.

So it shows what HTTP itself costs, beside the aiohttp site, whose answers have the same bytes.
"""

import asyncio
import logging
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

import httptools

from feed.history import Gap
from servers.errors import Refusal
from servers.http.answer import Answer, as_json, not_served, refused
from servers.http.httptools_messages import Handler, Heads, Request
from servers.http.sockets import BACKLOG

MAX_HEAD_BYTES = 8190  # of the target and all headers; aiohttp takes so much in one line
MAX_BODY_BYTES = 1024 * 1024
# What is sent after a request that cannot be read is dropped for so long (RFC 9112, section 9.6).
LINGER_S = 1.0


_LOG = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """One connection: its requests, answered in their order (RFC 9112, section 9.3.2)."""

    _transport: asyncio.Transport

    def __init__(
        self, handlers: Mapping[str, Handler], heads: Heads, connections: "set[Connection]"
    ) -> None:
        """handlers: as of the aiohttp site, "GET /short-poll" -> handler."""
        self._handlers = handlers
        self._heads = heads
        self._connections = connections
        self._parser = httptools.HttpRequestParser(self)
        self._current: Request | None = None  # being answered
        self._queue: deque[Request] = deque()  # behind that one
        self._fault: Refusal | None = None  # what is wrong with the request that is coming
        self._choked = False  # the client does not read its answers
        self._linger: asyncio.TimerHandle | None = None
        self._fed = 0  # bytes of a head that has not ended
        self._counts = False  # whether the head that is coming may be too large
        self._head_bytes = 0
        self.on_message_begin()
        self._in_head = False

    def answer(self, request: Request, answer: Answer) -> None:
        """Send it. Nothing where the client has gone, or has had an answer."""
        if request is not self._current:
            return
        self._current = None
        head = self._heads.of(answer, request.closes)
        self._transport.write(head if request.method == "HEAD" else head + answer.body)
        if request.closes:
            self._close()
        elif self._queue:
            asyncio.get_running_loop().call_soon(self._go_on)

    def abort(self) -> None:
        self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        self._queue.clear()
        if self._linger is not None:
            self._linger.cancel()
        request, self._current = self._current, None
        if request is not None and request.on_lost is not None:
            request.on_lost(request)

    def data_received(self, data: bytes) -> None:
        if self._transport.is_closing() or self._fault is not None:
            return
        if self._fed + len(data) > MAX_HEAD_BYTES and not self._counts:
            self._counts, self._head_bytes = True, self._fed
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return  # its request has been taken, and closes: nothing else is spoken here
        except httptools.HttpParserError as error:
            self._refuse(self._fault or Refusal(400, f"not a request of HTTP/1.1: {error}"))
            return
        self._fed = self._fed + len(data) if self._in_head else 0
        if self._fed > MAX_HEAD_BYTES + len(data):
            self._refuse(_TOO_LARGE)

    def pause_writing(self) -> None:
        self._choked = True
        self._read_or_not()

    def resume_writing(self) -> None:
        self._choked = False
        self._read_or_not()

    # What httptools calls.

    def on_message_begin(self) -> None:
        self._in_head = True
        self._body_bytes = 0
        self._target = b""
        self._accept_encoding = ""
        self._expects = False

    def on_url(self, part: bytes) -> None:
        self._target += part
        if self._counts:
            self._count(len(part))

    def on_header(self, name: bytes, value: bytes) -> None:
        """The hot path: a browser sends a dozen with each poll."""
        size = len(name)
        if self._counts:
            self._count(size + len(value))
        if size == 15 and name.lower() == b"accept-encoding":
            self._accept_encoding = value.decode("latin-1")
        elif size == 6 and name.lower() == b"expect":
            self._expects = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        self._in_head = self._counts = False
        if self._expects and self._current is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        self._body_bytes += len(part)
        if self._body_bytes > MAX_BODY_BYTES:
            self._fail(Refusal(413, f"a body may have {MAX_BODY_BYTES} bytes"))

    def on_message_complete(self) -> None:
        parser = self._parser
        closes = not parser.should_keep_alive() or parser.should_upgrade()
        self._take(
            Request(
                self.answer,
                parser.get_method().decode("latin-1"),
                self._target.decode("latin-1"),
                self._accept_encoding,
                closes or parser.get_http_version() == "1.0",
            )
        )

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            self._fail(_TOO_LARGE)

    def _fail(self, fault: Refusal) -> None:
        """End the parsing; data_received tells the client."""
        self._fault = fault
        raise ValueError(fault.error)

    def _refuse(self, fault: Refusal) -> None:
        """Answer what cannot be read on, after all that came before it, and close."""
        self._fault = fault
        self._take(Request(self.answer, "", "/", "", True))

    def _take(self, request: Request) -> None:
        if self._current is None and not self._queue:
            self._serve(request)
        else:
            self._queue.append(request)
            self._read_or_not()

    def _go_on(self) -> None:
        while self._queue and self._current is None:
            self._serve(self._queue.popleft())
        self._read_or_not()

    def _serve(self, request: Request) -> None:
        self._current = request
        if not request.method and self._fault is not None:
            request.answer(refused(self._fault))
            return
        handler = self._handlers.get(f"{request.method} {request.path}")
        if handler is None:
            request.answer(not_served(request.path, self._handlers))
            return
        try:
            handler(request)
        except (Gap, Refusal) as error:
            request.answer(refused(error))
        except Exception:
            _LOG.exception("cannot answer %s %s", request.method, request.path)
            request.closes = True
            request.answer(as_json({"error": "the server failed"}, 500))

    def _close(self) -> None:
        """At once, but to who may still be sending: a reset would take the answer from it."""
        self._queue.clear()
        if self._fault is None or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._transport.write_eof()
        self._linger = asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)

    def _read_or_not(self) -> None:
        """No more requests while some wait, or while answers do: so neither piles up."""
        if self._transport.is_closing():
            return
        if self._choked or self._queue:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()


_TOO_LARGE = Refusal(431, f"the target and the headers may have {MAX_HEAD_BYTES} bytes")


@asynccontextmanager
async def bare_site(
    listener: socket.socket,
    handlers: Mapping[str, Handler],
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[None]:
    """Serve `handlers` on `listener` until the context ends, which cuts all connections off."""
    heads = Heads()
    connections: set[Connection] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(handlers, heads, connections), sock=listener, ssl=tls, backlog=BACKLOG
    )
    try:
        yield
    finally:
        server.close()
        for connection in list(connections):
            connection.abort()
