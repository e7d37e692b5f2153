"""A bare TCP socket, the floor: frames of four bytes of length and an event (docs/protocol.md)."""

import socket
import struct
from collections.abc import Callable
from time import monotonic_ns
from typing import Self

import msgspec

from feed.event import decode
from loadgen.clients.connections.sockets import dial
from loadgen.clients.connections.stream import Stream, open_stream
from loadgen.clients.push.resubscribing import Rejoining
from loadgen.recording.recorder import Recorder

HEAD_BYTES = 4
TOLD = 1 << 31  # in a length: what follows is no event, and the server's last word
LONGEST_BYTES = 1 << 28

_length = struct.Struct(">I").unpack_from


class Told(msgspec.Struct):
    """What the server says where it sends no events. last_seq: behind a gap, where to go on."""

    error: str
    last_seq: int | None = None


_decode_told = msgspec.json.Decoder(Told).decode


class Framed(Stream):
    """The connection of one subscription: its events to the recorder, all bytes counted.

    told: the server's last word; None where it said nothing. reason: why it ended, in one line.
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
        self.told: Told | None = None
        self.reason = "the connection was lost"
        self._record = recorder.event
        self._rest = b""  # of a frame that is not whole

    def data_received(self, data: bytes) -> None:
        """The hot path. A frame that is marked is longer than any read, so it ends the loop."""
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
                        self._hear(size, data[start:])
                    break
                at = start + size
                self._record(decode(data[start:at]), size, received_ns)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._end(f"a frame that is no event: {data[start : start + 80]!r}")
        self._rest = data[at:]

    def _hear(self, size: int, message: bytes) -> None:
        """Take the server's last word, once it is whole. Raises DecodeError where it is none."""
        if not TOLD <= size <= TOLD + LONGEST_BYTES:
            self._end(f"a frame of {size} bytes")
        elif len(message) >= size - TOLD:
            self.told = _decode_told(message[: size - TOLD])
            self._end(f"the server said: {self.told.error}")

    def _end(self, reason: str) -> None:
        if not self._transport.is_closing():
            self.reason = reason
            self._transport.close()


class TcpClient(Rejoining[Framed]):
    """A Client that subscribes once and records what is pushed."""

    async def _connect(self, after: int) -> None:
        sock = await dial(self._addresses)
        stream = await open_stream(
            lambda: Framed(
                sock, self._recorder, self._on_lost, self._on_over, self._tls is not None
            ),
            sock,
            self._tls,
            self._host,
        )
        self._open.add(stream)
        request = b'{"after":%d}' % after
        stream.write(len(request).to_bytes(HEAD_BYTES, "big") + request)

    def _on_lost(self, stream: Framed) -> None:
        told = stream.told
        gap = told is not None and told.error == "gap"
        self._lost(stream.reason, told.last_seq if told and gap else None)
