"""The two ends of a relayed connection, and what one tells the other through their lanes."""

import asyncio
import contextlib
import socket
import struct
from random import Random
from time import monotonic_ns
from typing import cast

from loadgen.runfile.scenario import LinkSpec
from loadgen.under_test.link.delay import Delay, delays, window_bytes
from loadgen.under_test.link.relay_queue import END, RESET, Chunk, Departures, Lane

_LINGER_0 = struct.pack("ii", 1, 0)  # so that a close sends a reset (socket(7), SO_LINGER)


class _End(asyncio.Protocol):
    """One end of a relayed connection: what it receives goes into `lane`, towards `other`."""

    lane: Lane
    other: "_End"
    _transport: asyncio.Transport | None = None
    _came_to_its_end = False  # the peer has sent a FIN
    _ended = False  # we have sent ours
    _gone = False

    def take(self, chunk: Chunk) -> None:
        """Send to this end's peer what has come through the other end's lane."""
        transport = self._transport
        if transport is None or self._gone:
            return
        if chunk:
            transport.write(chunk)
        elif chunk is RESET:
            self.reset()
        else:
            self._ended = True
            transport.write_eof()
            self._close_if_done()

    def reset(self) -> None:
        if self._transport is not None and not self._gone:
            self._gone = True
            sock = self._transport.get_extra_info("socket")
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
            self._transport.abort()

    def throttle(self, stop: bool) -> None:
        if self._transport is not None and not self._gone and not self._came_to_its_end:
            (self._transport.pause_reading if stop else self._transport.resume_reading)()

    def _close_if_done(self) -> None:
        if self._ended and self._came_to_its_end and self._transport is not None:
            self._gone = True
            self._transport.close()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.lane.enter(monotonic_ns(), data)

    def eof_received(self) -> bool:
        self._came_to_its_end = True
        self.lane.enter(monotonic_ns(), END)
        self._close_if_done()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        if not self._gone:
            self._gone = True
            self.lane.enter(monotonic_ns(), RESET)

    def pause_writing(self) -> None:
        self.other.lane.hold()

    def resume_writing(self) -> None:
        self.other.lane.release()


class ClientEnd(_End):
    """The end that was accepted: it opens the other one."""

    def __init__(self, to: str, link: LinkSpec, departures: Departures, random: Random) -> None:
        """to: host:port of the server."""
        self._to = to
        self._window_bytes = window_bytes(link)
        up, down = delays(link, monotonic_ns(), random)
        self.other = _End()
        self.other.other = self
        self.lane = self._lane(up, self, self.other, departures)
        self.other.lane = self._lane(down, self.other, self, departures)
        self.other.lane.release()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._opening = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        host, _, port = self._to.rpartition(":")
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self.other, host.strip("[]"), int(port))
        except OSError:
            self.reset()
        else:
            self.lane.release()

    def _lane(self, delay: Delay, source: _End, target: _End, departures: Departures) -> Lane:
        return Lane(
            delay,
            self._window_bytes,
            plan=departures.plan,
            deliver=target.take,
            throttle=source.throttle,
        )
