"""The two ends of a relayed connection, joined by a queue in each direction."""

import asyncio
import contextlib
import socket
import struct
from random import Random
from time import monotonic_ns
from typing import cast

from loadgen.runfile.scenario import LinkSpec
from loadgen.under_test.link.delay import Delay, delays, window_bytes
from loadgen.under_test.link.relay_queue import END, RESET, Chunk, RelayQueue, Scheduler

_LINGER_0 = struct.pack("ii", 1, 0)  # so that a close sends a reset (socket(7), SO_LINGER)


class RelayEnd(asyncio.Protocol):
    """One end of a relayed connection: what its peer sends goes into `queue`, to the `other` end.

    An end or a reset of the connection goes through the queue like data, and so keeps its place.
    """

    queue: RelayQueue
    other: "RelayEnd"
    _transport: asyncio.Transport
    _open = False  # connected, and neither closed nor reset
    _received_end = False  # the peer has sent a FIN
    _sent_end = False

    def join(self, other: "RelayEnd", delay: Delay, link: LinkSpec, scheduler: Scheduler) -> None:
        """Deliver what this end receives to the other one, delayed."""
        self.other = other
        self.queue = RelayQueue(
            delay,
            window_bytes(link),
            call_at=scheduler.call_at,
            deliver=other.send,
            stop_reading=self.stop_reading,
        )

    def send(self, chunk: Chunk) -> None:
        """Send to this end's peer what has come through the other end's queue."""
        if not self._open:
            return
        if chunk:
            self._transport.write(chunk)
        elif chunk is RESET:
            self.reset()
        else:
            self._sent_end = True
            self._transport.write_eof()
            self._close_if_done()

    def reset(self) -> None:
        if self._open:
            self._open = False
            sock = self._transport.get_extra_info("socket")
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
            self._transport.abort()

    def stop_reading(self, stop: bool) -> None:
        if self._open and not self._received_end:
            (self._transport.pause_reading if stop else self._transport.resume_reading)()

    def _close_if_done(self) -> None:
        if self._sent_end and self._received_end:
            self._open = False
            self._transport.close()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._open = cast(asyncio.Transport, transport), True

    def data_received(self, data: bytes) -> None:
        self.queue.put(monotonic_ns(), data)

    def eof_received(self) -> bool:
        self._received_end = True
        self.queue.put(monotonic_ns(), END)
        self._close_if_done()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        if self._open:
            self._open = False
            self.queue.put(monotonic_ns(), RESET)

    def pause_writing(self) -> None:
        self.other.queue.pause()

    def resume_writing(self) -> None:
        self.other.queue.resume()


class ClientEnd(RelayEnd):
    """The end that was accepted from a client: it opens the other one, to the server."""

    def __init__(self, to: str, link: LinkSpec, scheduler: Scheduler, random: Random) -> None:
        """to: host:port of the server."""
        self._to = to
        up, down = delays(link, monotonic_ns(), random)
        server_end = RelayEnd()
        self.join(server_end, up, link, scheduler)
        server_end.join(self, down, link, scheduler)
        server_end.queue.resume()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        host, _, port = self._to.rpartition(":")
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self.other, host.strip("[]"), int(port))
        except OSError:
            self.reset()
        else:
            self.queue.resume()
