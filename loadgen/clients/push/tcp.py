"""A bare TCP socket: frames of four bytes of length and an event (docs/reference/protocol)."""

import socket
import struct
from collections.abc import Callable
from time import monotonic_ns

import msgspec

from loadgen.clients.connections.single_connection import SingleConnectionClient
from loadgen.clients.connections.sockets import Connections
from loadgen.clients.connections.stream import Stream, open_stream
from loadgen.recording.recorder import NO_EVENT

HEAD_BYTES = 4
LAST = 1 << 31  # in a length: what follows is no event, and the last frame of the server
LONGEST_BYTES = 1 << 28

_length = struct.Struct(">I").unpack_from


class LastFrame(msgspec.Struct):
    """Why the server ends the connection. last_seq: after a gap, the cursor to go on with."""

    error: str
    last_seq: int | None = None


_decode_last = msgspec.json.Decoder(LastFrame).decode


class Framed(Stream):
    """The connection of one subscription: its events to the recorder, all bytes counted.

    last_seq: the cursor to go on with, where the server ended it with a gap; else None.
    """

    last_seq: int | None = None

    def __init__(
        self,
        sock: socket.socket,
        connections: Connections["Framed"],
        lost: Callable[["Framed"], None],
    ) -> None:
        super().__init__(sock, connections, lost)
        self._record = connections.subscription.recorder.message
        self._rest = b""  # of a frame that is not whole

    def data_received(self, data: bytes) -> None:
        """The hot path. A last frame's length is longer than any read, so it ends the loop."""
        received_ns = monotonic_ns()
        self._down_bytes += len(data)
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        try:
            while end - at >= HEAD_BYTES:
                (size,) = _length(data, at)
                start = at + HEAD_BYTES
                if start + size > end:
                    if size > LONGEST_BYTES:
                        self._take_last(size, data[start:])
                    break
                at = start + size
                self._record(data[start:at], received_ns)
        except NO_EVENT:
            self._end(f"a frame that is no event: {data[start : start + 80]!r}")
        self._rest = data[at:]

    def _take_last(self, size: int, message: bytes) -> None:
        """Take the last frame once it is whole. Raises one of NO_EVENT where it is none."""
        if not LAST <= size <= LAST + LONGEST_BYTES:
            self._end(f"a frame of {size} bytes")
        elif len(message) >= size - LAST:
            last = _decode_last(message[: size - LAST])
            self.last_seq = last.last_seq if last.error == "gap" else None
            self._end(f"the server said: {last.error}")


class TcpClient(SingleConnectionClient[Framed]):
    """A Client that subscribes once and records what is pushed."""

    async def _open(self, after: int) -> None:
        stream = await open_stream(
            self._connections, lambda sock: Framed(sock, self._connections, self._on_lost)
        )
        request = b'{"after":%d}' % after
        stream.write(len(request).to_bytes(HEAD_BYTES, "big") + request)

    def _gap(self, connection: Framed) -> int | None:
        return connection.last_seq
