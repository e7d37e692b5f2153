"""One HTTP/1.1 connection that counts every byte and stamps every answer (RFC 9112).

One request at a time, no pipelining. Parsing is httptools'.
"""

import socket
import zlib
from collections.abc import Callable
from time import monotonic_ns

import httptools

from loadgen.clients.connections.sockets import Connections
from loadgen.clients.connections.stream import Stream, open_stream

GZIP = 16  # added to zlib's window bits: a gzip header and trailer (zlib's inflateInit2)

# status, body, received_ns
Answered = Callable[[int, bytes, int], None]


class Connection(Stream):
    """One that sends a request and waits for its answer.

    answered(status, body, received_ns) is called for each answer; received_ns is the instant at
    which the read that completed it came. An answer that is no HTTP, or that answers no request,
    ends the connection.
    """

    def __init__(
        self,
        sock: socket.socket,
        connections: Connections["Connection"],
        lost: Callable[["Connection"], None],
        answered: Answered,
    ) -> None:
        super().__init__(sock, connections, lost)
        self.waiting = False  # for an answer
        self.reusable = True  # False once the answer said that the server closes
        self._answered = answered
        self._parts: list[bytes] = []
        self._complete = False
        self._parser = httptools.HttpResponseParser(self)

    def send(self, request: bytes) -> None:
        """Write a request. The caller first makes sure that the connection is not `waiting`."""
        self.waiting = True
        self.write(request)

    # What the event loop calls.

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
        body = self._body()
        self._parts.clear()
        if self.waiting:
            self.waiting = False
            self._answered(self._parser.get_status_code(), body, received_ns)
        else:
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self.reusable = False
        super().connection_lost(error)

    def _body(self) -> bytes:
        parts = self._parts
        return parts[0] if len(parts) == 1 else b"".join(parts)

    # What the parser calls. An exception here would come back as a HttpParserError: only collect.

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        self._complete = True
        self.reusable = self._parser.should_keep_alive()


class GzipConnection(Connection):
    """One that takes compressed answers too; the bodies that it gives are decompressed.

    A class of its own, as each header of each answer costs a call of on_header.
    """

    _gzip = False

    def on_message_begin(self) -> None:
        self._gzip = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-encoding":
            self._gzip = value.strip().lower() == b"gzip"

    def _body(self) -> bytes:
        """As it came, where it is not what it claims: the caller will find no events in it."""
        body = super()._body()
        if not self._gzip:
            return body
        try:
            return zlib.decompress(body, wbits=zlib.MAX_WBITS | GZIP)
        except zlib.error:
            return body


async def connect(
    connections: Connections[Connection], lost: Callable[[Connection], None], answered: Answered
) -> Connection:
    """One more of the client's connections. Raises OSError where it cannot be opened."""
    kind = GzipConnection if connections.subscription.compression else Connection
    return await open_stream(connections, lambda sock: kind(sock, connections, lost, answered))
