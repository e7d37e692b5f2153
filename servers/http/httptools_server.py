"""A bare HTTP/1.1 server on asyncio.Protocol and httptools: no task, no object for a request.

So it shows what HTTP itself costs, beside the aiohttp site, whose responses have the same bytes. It
does what polls need, and what keeps a connection safe (RFC 9112): no body, nothing pipelined behind
a poll that waits, one Host, a limited head in limited time, and a close that loses nothing.
"""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from importlib.metadata import version
from typing import cast
from urllib.parse import unquote_plus, urlsplit

import httptools
from aiohttp.http import SERVER_SOFTWARE

from feed.history import Gap
from servers.errors import Refusal
from servers.http.response import HttpResponse, as_json, not_served, refused
from servers.http.sockets import BACKLOG, Tls

MAX_HEAD_BYTES = 8190  # of the request line and all headers; aiohttp takes so much in one line
# A head that has begun must end within this time; between two polls a client may wait for ever.
HEAD_S = 30.0
# What is sent after a request that cannot be read is dropped for so long (RFC 9112, section 9.6).
LINGER_S = 1.0
# As long as aiohttp's name of itself, so that responses have the same size.
_NAME = f"httptools/{version('httptools')}"
SERVER = _NAME[: len(SERVER_SOFTWARE)].ljust(len(SERVER_SOFTWARE), ".")

_TOO_LARGE = Refusal(431, f"the request line and the headers may have {MAX_HEAD_BYTES} bytes")
_TOO_SLOW = Refusal(408, f"no whole request within {HEAD_S:g} s")
_BODY = Refusal(413, "no request here has a body")
_HOST = Refusal(400, "expected one Host header (RFC 9112, section 3.2)")
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_LOG = logging.getLogger(__name__)


def head(response: HttpResponse, closes: bool) -> bytes:
    """From the status line through the blank line."""
    status, headers, body = response
    lines = [f"HTTP/1.1 {status} {_PHRASES[status]}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}\r\n")
    lines.append(_date(int(time.time())))
    if "Server" not in headers:
        lines.append(f"Server: {SERVER}\r\n")
    lines.append("Connection: close\r\n\r\n" if closes else "\r\n")
    return "".join(lines).encode("latin-1")


@lru_cache(maxsize=1)  # so it is written once a second
def _date(second: int) -> str:
    return f"Date: {formatdate(second, usegmt=True)}\r\n"


class Connection(asyncio.Protocol):
    """One connection: a request, its response, the next request. A handler gets it with the request
    in it, and responds once, at once or later.

    method, path, query  of the request.
    accept_encoding      that header, "" without.
    closes               the connection ends with the response.
    on_lost              called with it where the client leaves before the response.
    """

    _transport: asyncio.Transport

    def __init__(
        self, handlers: "Mapping[str, Handler]", transports: set[asyncio.Transport]
    ) -> None:
        """handlers: as of the aiohttp site. transports: of the connections that are open."""
        self.method = self.path = self.query = self.accept_encoding = ""
        self.closes = False
        self.on_lost: Handler | None = None
        self._handlers = handlers
        self._transports = transports
        self._parser = httptools.HttpRequestParser(self)
        self._waits = False  # the client, for the response
        self._fault: Refusal | None = None  # what is wrong with the request that is coming
        self._timer: asyncio.TimerHandle | None = None  # of a head that is coming, or of the close
        self._ends = False  # nothing that is received counts any more
        self._unread = False  # the client does not read its responses
        self._head_bytes = 0  # that were received of a head which has not ended
        self.on_message_begin()

    def parameter(self, name: str) -> str | None:
        """The first of that name in the query; None where there is none."""
        for pair in self.query.split("&"):
            key, _, value = pair.partition("=")
            if key == name:
                return unquote_plus(value) if "%" in value or "+" in value else value
        return None

    def respond(self, response: HttpResponse) -> None:
        """Send it; nothing where the client has gone, or has had a response."""
        if not self._waits:
            return
        self._waits, self.on_lost = False, None
        body = b"" if self.method == "HEAD" else response.body
        self._transport.write(head(response, self.closes) + body)
        if self.closes:
            self._close()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transports.add(self._transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._transports.discard(self._transport)
        self._stop_timer()
        self._waits = False
        if self.on_lost is not None:
            self.on_lost(self)

    def data_received(self, data: bytes) -> None:
        if self._ends:
            return
        self._head_bytes += len(data)
        if self._head_bytes > MAX_HEAD_BYTES:  # or many requests at once, which no poller sends
            self._refuse(_TOO_LARGE)
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return  # its request has been served, and closes: there is no other protocol here
        except httptools.HttpParserError as error:
            self._refuse(self._fault or Refusal(400, f"not a request of HTTP/1.1: {error}"))
            return
        if self._head_bytes and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(HEAD_S, self._refuse, _TOO_SLOW)

    def pause_writing(self) -> None:
        self._unread = True
        if not self._ends:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._unread = False
        if not self._ends:
            self._transport.resume_reading()

    # What httptools calls. It refuses by itself what smuggles requests: Content-Length beside
    # Transfer-Encoding or twice, a folded line, a bare CR (RFC 9112, sections 6.3, 5.2 and 2.2).

    def on_message_begin(self) -> None:
        self._target = self._encodings = b""
        self._hosts = 0

    def on_url(self, part: bytes) -> None:
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """The hot path: a browser sends a dozen with each poll."""
        size = len(name)
        if size == 15 and name.lower() == b"accept-encoding":
            self._encodings = value
        elif size == 4 and name.lower() == b"host":
            self._hosts += 1
        elif size == 6 and name.lower() == b"expect":
            self._fail(_BODY)  # which would be waited for otherwise

    def on_body(self, part: bytes) -> None:
        self._fail(_BODY)

    def on_message_complete(self) -> None:
        self._head_bytes = 0
        self._stop_timer()
        if self._ends or self._waits or self._unread:
            # Requests may be pipelined (RFC 9112, section 9.3.2), but no poller does that: a client
            # must send those again that were not answered before the connection ended.
            self._end()
            return
        parser = self._parser
        version = parser.get_http_version()
        if self._hosts != 1 and (version != "1.0" or self._hosts):
            self._fail(_HOST)
        target = self._target.decode("latin-1")
        if not target.startswith("/"):  # an absolute form (RFC 9112, section 3.2.2), or worse
            place = urlsplit(target)
            target = f"{place.path}?{place.query}"
        self.path, _, self.query = target.partition("?")
        self.method = parser.get_method().decode("latin-1")
        self.accept_encoding = self._encodings.decode("latin-1")
        self.closes = version == "1.0" or not parser.should_keep_alive() or parser.should_upgrade()
        self._serve()

    def _fail(self, fault: Refusal) -> None:
        """End the parsing; data_received refuses the request."""
        self._fault = fault
        raise ValueError(fault.error)

    def _refuse(self, fault: Refusal) -> None:
        """Respond to what cannot be read on, and close; nothing behind a poll that waits."""
        if not self._waits and not self._ends:
            response = refused(fault)
            self._transport.write(head(response, closes=True) + response.body)
        self._end()

    def _end(self) -> None:
        """Take nothing more, and close; where a poll waits, behind its response."""
        if self._waits:
            self._ends = self.closes = True
        elif not self._ends:
            self._ends = True
            self._close()

    def _serve(self) -> None:
        self._waits = True
        handler = self._handlers.get(f"{self.method} {self.path}")
        if handler is None:
            self.respond(not_served(self.path, self._handlers))
            return
        try:
            handler(self)
        except (Gap, Refusal) as error:
            self.respond(refused(error))
        except Exception:
            _LOG.exception("cannot serve %s %s", self.method, self.path)
            self.closes = True
            self.respond(as_json({"error": "the server failed"}, 500))

    def _close(self) -> None:
        """At once, but to who may still be sending: a reset would take the response from it."""
        sending, self._ends = self._ends, True
        if not (sending and self._transport.can_write_eof()):
            self._transport.close()
            return
        self._transport.write_eof()
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


Handler = Callable[[Connection], None]


@asynccontextmanager
async def bare_site(
    listener: socket.socket, handlers: Mapping[str, Handler], tls: Tls = None
) -> AsyncIterator[None]:
    """Serve `handlers` on `listener` until the context ends, which cuts all connections off."""
    transports: set[asyncio.Transport] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(handlers, transports), sock=listener, ssl=tls, backlog=BACKLOG
    )
    try:
        yield
    finally:
        server.close()
        for transport in list(transports):
            transport.abort()
