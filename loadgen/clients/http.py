"""One HTTP/1.1 connection that counts every byte and stamps every answer (RFC 9112).

One request at a time, no pipelining. Parsing is httptools', the transport is the event loop's.
"""

import asyncio
import socket
from collections.abc import Callable
from time import monotonic_ns
from typing import cast

import httptools

from loadgen.clients.dial import CLOSE_GRACE_S
from loadgen.wire import Kernel, Wire, finish, read

# status, body, received_ns
Answered = Callable[[int, bytes, int], None]


class Connection(asyncio.Protocol):
    """A connection on `sock`, until either side closes it.

    answered(status, body, received_ns) is called for each answer; received_ns is the instant at
    which the read that completed it came. lost(connection) is called once, at the end, after
    which wire() is final. An answer that is no HTTP, or that nobody asked for, ends it as well.
    """

    def __init__(
        self, sock: socket.socket, answered: Answered, lost: Callable[["Connection"], None]
    ) -> None:
        self.waiting = False  # for an answer
        self.reusable = True  # False once the answer said that the server closes
        self._sock = sock
        self._answered = answered
        self._lost = lost
        self._up_bytes = 0
        self._down_bytes = 0
        self._parts: list[bytes] = []
        self._complete = False
        self._eof = False
        self._final: Kernel | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)

    def send(self, request: bytes) -> None:
        """Write a request. The caller first makes sure that the connection is not `waiting`."""
        self.waiting = True
        self._up_bytes += len(request)
        # Past the transport, as uvloop keeps what it is given until the end of its turn.
        try:
            sent = self._sock.send(request)
        except BlockingIOError:
            sent = 0
        except OSError:  # reset: the transport will find out, and say so by connection_lost
            return
        if sent < len(request):
            self._transport.write(request[sent:])

    def wire(self) -> Wire:
        """Of this connection so far."""
        kernel = self._final or read(self._sock, self._eof)
        return Wire(self._up_bytes, self._down_bytes, *kernel, connections=1)

    async def close(self) -> None:
        """Shut this side, wait for the server to do the same, at most CLOSE_GRACE_S."""
        if not self._transport.is_closing():
            self._transport.write_eof()
        try:
            await asyncio.wait([self._ended], timeout=CLOSE_GRACE_S)
        finally:
            self._transport.abort()
        await asyncio.shield(self._ended)

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        received_ns = monotonic_ns()
        self._down_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.abort()
            return
        if not self._complete:
            return
        self._complete = False
        body = b"".join(self._parts)
        self._parts.clear()
        if self.waiting:
            self.waiting = False
            self._answered(self._parser.get_status_code(), body, received_ns)
        else:
            self._transport.abort()

    def eof_received(self) -> None:
        self._eof = True

    def connection_lost(self, error: Exception | None) -> None:
        self._final = finish(self._sock, self._eof)
        self.reusable = False
        self._ended.set_result(None)
        self._lost(self)

    # What the parser calls. An exception here would come back as a HttpParserError: only collect.

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        self._complete = True
        self.reusable = self._parser.should_keep_alive()


async def connect(
    sock: socket.socket, answered: Answered, lost: Callable[[Connection], None]
) -> Connection:
    """A Connection on a connected socket, which it owns and closes from here on."""
    _, connection = await asyncio.get_running_loop().create_connection(
        lambda: Connection(sock, answered, lost), sock=sock
    )
    return connection
