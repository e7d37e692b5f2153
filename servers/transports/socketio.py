"""Socket.IO by python-socketio on aiohttp, at /socket.io/: over HTTP polling, or over WebSocket.

Each of the two is a server of its own, which allows no other way and no upgrade. Pings and sizes
are the library's defaults. Each event is emitted to a room, as a user would do it, so it is made
into a packet once; its JSON goes in as it is.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import socketio
from aiohttp import hdrs, web

from feed.history import Gap, History
from servers.errors import Refusal
from servers.http import cursor, echo
from servers.http.aiohttp_site import site
from servers.http.sockets import Tls
from servers.settings import ServerSettings
from servers.transports.fan_out import CATCH_UP_TURN, FanOut

PATH = "/socket.io/"
NAMESPACE = "/"
JOINED = "joined"  # the room of those who have caught up

# A newcomer that has CATCH_UP_TURN packets unsent is sent more after this time.
CATCH_UP_PAUSE_S = 0.005
LEAST_WATCH_S = 0.01

# A close frame with the code 1002, protocol error (RFC 6455, section 7.4.1).
PROTOCOL_ERROR = b"\x88\x02\x03\xea"

# The library writes a traceback for each packet that makes no sense; what it answers to one is in
# docs/reference/protocol/feed.md.
_quiet = logging.getLogger("pushbench.socketio")
_quiet.disabled = True


class _Json:
    """What the library makes packets with: it takes an event's own JSON (msgspec.Raw) as it is."""

    loads = staticmethod(socketio.packet.Packet.json.loads)

    @staticmethod
    def dumps(data: object, **layout: object) -> str:
        return msgspec.json.encode(data).decode()


class Sessions:
    """The subscribers, and the one task that emits each event to all who have caught up."""

    def __init__(
        self, server: socketio.AsyncServer, history: History, settings: ServerSettings
    ) -> None:
        self._server = server
        self._history = history
        self._settings = settings
        self._fan_out: FanOut[str] = FanOut(history, lambda *_: self._appended.set())
        self._appended = asyncio.Event()
        self._emitted = history.last_seq  # the seq of the last event that went to the room
        server.on("connect", self._connect)
        server.on("disconnect", lambda sid, reason: self._fan_out.closed(sid))
        server.on("echo", _echo)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Within this context events are emitted, and who reads too slowly is cut off."""
        create = asyncio.get_running_loop().create_task
        tasks = [create(self._emit_all()), create(self._watch())]
        try:
            yield
        finally:
            await self._fan_out.close(self._fan_out.closed, self._fan_out.closed)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def handle(self, request: web.BaseRequest) -> Any:
        """Hand a request to the library, but for what it would do beyond what was chosen."""
        if not self._settings.compression:  # the library's WebSocket takes each offer of it
            headers = request.headers.copy()
            headers.popall(hdrs.SEC_WEBSOCKET_EXTENSIONS, None)
            request = request.clone(headers=headers)
        try:
            return await self._server.handle_request(request)
        except Exception:  # whatever it makes of a WebSocket's message that is no packet
            environs = self._server.environ.items()
            for sid in [sid for sid, each in environs if each["aiohttp.request"] is request]:
                # The library would keep its session for long.
                await self._server.eio.sockets.pop(sid).close(wait=False, abort=True)
            if request.transport is not None:
                request.transport.write(PROTOCOL_ERROR)
                request.transport.close()
            return web.Response(status=400)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: object = None) -> None:
        """What the library calls for a CONNECT packet; its answer goes out before any event."""
        try:
            if not isinstance(auth, dict | None):
                raise Refusal(400, 'auth must be an object, as in {"after":17}')
            asked = None if auth is None else auth.get("after")
            after = cursor.parse(None if asked is None else str(asked), self._history)
        except Refusal as refusal:
            raise socketio.exceptions.ConnectionRefusedError(refusal.error) from None
        self._fan_out.opened(sid)
        self._fan_out.begin(sid, self._subscribe(sid, after))

    async def _subscribe(self, sid: str, after: int) -> None:
        """All that came after the client's cursor; then it joins those who get each event."""

        async def send(message: bytes) -> None:
            while self._unsent_packets(sid) >= CATCH_UP_TURN:
                await asyncio.sleep(CATCH_UP_PAUSE_S)  # the library has no event for their going
            await self._server.emit("event", msgspec.Raw(message), to=sid)

        try:
            self._history.since(after)  # a cursor ahead of this feed is a gap
            while after > self._emitted:
                await asyncio.sleep(0)
            await self._fan_out.catch_up(after, send, newest=lambda: self._emitted)
        except Gap as gap:
            await self._tell_of(gap, sid)
        else:
            with contextlib.suppress(KeyError, ValueError):  # it has left
                await self._server.enter_room(sid, JOINED)  # which does not give the loop a turn
                self._fan_out.join(sid)

    async def _emit_all(self) -> None:
        while await self._appended.wait():
            self._appended.clear()
            try:
                for message in self._history.since(self._emitted):
                    self._emitted += 1
                    await self._server.emit("event", msgspec.Raw(message), room=JOINED)
            except Gap as gap:  # events came faster than they were emitted
                self._emitted = gap.last_seq
                for sid in list(self._fan_out.joined):
                    await self._tell_of(gap, sid)

    async def _tell_of(self, gap: Gap, sid: str) -> None:
        facts = {"first_seq": gap.first_seq, "last_seq": gap.last_seq}
        await self._server.emit("gap", facts, to=sid)
        await self._server.disconnect(sid)

    async def _watch(self) -> None:
        """The library queues without end for those who do not read: cut them off."""
        above: set[str] = set()
        while True:
            await asyncio.sleep(max(self._settings.slow_reader.grace_s, LEAST_WATCH_S))
            still = {sid for sid in self._fan_out.joined if self._is_above(sid)}
            for sid in above & still:
                environ = self._server.get_environ(sid)
                await self._server.disconnect(sid)
                transport = environ["aiohttp.request"].transport
                if transport is not None:  # a client that polls may be away
                    transport.abort()
            above = still

    def _is_above(self, sid: str) -> bool:
        """Whether too many bytes are unsent: those of the last events, one a packet."""
        count = self._unsent_packets(sid)
        after = max(self._emitted - count, self._history.first_seq - 1)
        messages = self._history.since(after)[:count] if count else []
        return sum(map(len, messages)) > self._settings.slow_reader.buffer_bytes

    def _unsent_packets(self, sid: str) -> int:
        eio_sid = self._server.manager.eio_sid_from_sid(sid, NAMESPACE)
        session = self._server.eio.sockets.get(eio_sid)
        return session.queue.qsize() if session else 0


def _echo(sid: str, *data: object) -> str | None:
    """What acknowledges the event "echo": the answer to its text; to anything else, nothing."""
    text = data[0] if len(data) == 1 else None
    return echo.answer(text) if isinstance(text, str) else None


@asynccontextmanager
async def _listen(
    way: str, listener: socket.socket, history: History, settings: ServerSettings, tls: Tls
) -> AsyncIterator[None]:
    """Serve the feed on `listener` until the context ends. way: `polling` or `websocket`."""
    server = socketio.AsyncServer(
        async_mode="aiohttp",
        transports=[way],
        allow_upgrades=False,
        ping_interval=settings.heartbeat.interval_s,
        ping_timeout=settings.heartbeat.timeout_s,
        http_compression=settings.compression,
        compression_threshold=0,
        cors_allowed_origins="*",  # as for the other transports: none asks where a page is from
        json=_Json,
        logger=_quiet,
        engineio_logger=_quiet,
    )
    sessions = Sessions(server, history, settings)
    handlers = {f"{method} {PATH}": sessions.handle for method in ("GET", "POST")}
    async with site(listener, handlers, tls):
        async with sessions.running():
            yield
        await server.shutdown()


# The client has one GET out at all times, and sends by POST.
listen_polling = partial(_listen, "polling")
# WebSocket from the first byte on: one text frame a packet.
listen_websocket = partial(_listen, "websocket")
