"""Socket.IO by python-socketio on aiohttp, at /socket.io/: over HTTP polling, or over WebSocket.

Each of the two is a server of its own, which allows no other way and no upgrade. Pings and sizes
are the library's defaults. Each event is emitted to a room, as a user would do it, so it is made
into a packet once; its JSON goes in as it is.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import socketio
from aiohttp import hdrs, web

from feed.history import Gap, History
from servers.errors import Refusal
from servers.http import cursor, echo
from servers.http.aiohttp_site import Handler, site
from servers.settings import ServerSettings, SlowReader

PATH = "/socket.io/"
NAMESPACE = "/"
JOINED = "joined"  # the room of those who have caught up

# A newcomer gets what is held in such portions, each when the one before has gone.
CATCH_UP_TURN = 256
CATCH_UP_PAUSE_S = 0.005
LEAST_LOOK_S = 0.01
FOREVER_S = 3600.0

# A close frame with the code 1002, protocol error (RFC 6455, section 7.4.1).
PROTOCOL_ERROR = b"\x88\x02\x03\xea"

# The library writes a traceback for each packet that makes no sense, and what it answers to one is
# told in docs/protocol.md.
_quiet = logging.getLogger("pushbench.socketio")
_quiet.disabled = True


class _Json:
    """What the library makes packets with: it takes an event's own JSON (msgspec.Raw) as it is."""

    loads = staticmethod(socketio.packet.Packet.json.loads)

    @staticmethod
    def dumps(data: object, **layout: object) -> str:
        return msgspec.json.encode(data).decode()


class Feed:
    """The subscribers, and the one task that emits each event to all who have caught up."""

    def __init__(
        self, server: socketio.AsyncServer, history: History, slow_reader: SlowReader
    ) -> None:
        self._server = server
        self._history = history
        self._slow_reader = slow_reader
        self._emitted = history.last_seq  # the seq up to which all that is held went to the room
        self._tasks: set[asyncio.Task[None]] = set()
        server.on("connect", self._connect)
        server.on("echo", _echo)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Within this context events are emitted, and who reads too slowly is cut off."""
        self._begin(self._emit_all())
        self._begin(self._watch())
        try:
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: object = None) -> None:
        """What the library calls for a CONNECT packet; its answer goes out before any event."""
        try:
            after = cursor.parse(_after(auth), self._history)
        except Refusal as refusal:
            raise socketio.exceptions.ConnectionRefusedError(refusal.error) from None
        self._begin(self._subscribe(sid, after))

    async def _subscribe(self, sid: str, after: int) -> None:
        """All that came after the client's cursor; then it joins those who get each event."""
        try:
            await self._catch_up(sid, after)
        except Gap as gap:
            await self._tell(sid, gap)
        else:
            # Nothing was awaited since the last look, so that no event can fall between.
            with contextlib.suppress(KeyError, ValueError):  # it has left
                await self._server.enter_room(sid, JOINED)

    async def _catch_up(self, sid: str, after: int) -> None:
        self._history.since(after)  # a cursor ahead of this feed is a gap
        while after != self._emitted and self._server.manager.is_connected(sid, NAMESPACE):
            room = CATCH_UP_TURN - self._waiting(sid)
            messages = self._history.since(after)[: max(0, min(room, self._emitted - after))]
            for message in messages:
                await self._server.emit("event", msgspec.Raw(message), to=sid)
            after += len(messages)
            if not messages:
                await asyncio.sleep(CATCH_UP_PAUSE_S)

    async def _emit_all(self) -> None:
        while True:
            try:
                messages = self._history.since(self._emitted)
            except Gap as gap:  # events came faster than they were emitted
                self._emitted = gap.last_seq
                for sid in self._joined():
                    await self._tell(sid, gap)
                continue
            for message in messages:
                self._emitted += 1
                await self._server.emit("event", msgspec.Raw(message), room=JOINED)
            if not messages:
                await self._history.changed(FOREVER_S)

    async def _tell(self, sid: str, gap: Gap) -> None:
        told = {"first_seq": gap.first_seq, "last_seq": gap.last_seq}
        await self._server.emit("gap", told, to=sid)
        await self._server.disconnect(sid)

    async def _watch(self) -> None:
        """The library queues without end for those who do not read: cut them off."""
        above: set[str] = set()
        while True:
            await asyncio.sleep(max(self._slow_reader.grace_s, LEAST_LOOK_S))
            still = {sid for sid in self._joined() if self._is_above(sid)}
            for sid in above & still:
                await self._cut_off(sid)
            above = still

    def _is_above(self, sid: str) -> bool:
        """Whether too many bytes wait for this client: those of the last events, one a packet."""
        waiting = self._waiting(sid)
        after = max(self._emitted - waiting, self._history.first_seq - 1)
        messages = self._history.since(after)[:waiting] if waiting else []
        return sum(map(len, messages)) > self._slow_reader.buffer_bytes

    async def _cut_off(self, sid: str) -> None:
        environ = self._server.get_environ(sid)
        await self._server.disconnect(sid)
        transport = environ["aiohttp.request"].transport
        if transport is not None:  # a client that polls may be away
            transport.abort()

    def _joined(self) -> list[str]:
        if NAMESPACE not in self._server.manager.get_namespaces():  # nobody has come yet
            return []
        return [sid for sid, _ in self._server.manager.get_participants(NAMESPACE, JOINED)]

    def _waiting(self, sid: str) -> int:
        """How many packets wait for this client."""
        session = self._server.eio.sockets.get(
            self._server.manager.eio_sid_from_sid(sid, NAMESPACE)
        )
        return session.queue.qsize() if session else 0


def _echo(sid: str, *said: object) -> str | None:
    """What acknowledges the event "echo": the answer to its text; to anything else, nothing."""
    text = said[0] if len(said) == 1 else None
    return echo.answer(text) if isinstance(text, str) else None


def _after(auth: object) -> str | None:
    """The cursor in what came with CONNECT, as text. Raises Refusal (400) where it is no object."""
    if auth is None:
        return None
    if not isinstance(auth, dict):
        raise Refusal(400, 'auth must be an object, as in {"after":17}')
    after = auth.get("after")
    return None if after is None else str(after)


def _handler(server: socketio.AsyncServer, *, compression: bool) -> Handler:
    """Hands each request to the library, but for what it would do beyond what was chosen."""

    async def handler(request: web.BaseRequest) -> Any:
        if not compression:  # the library's WebSocket takes each offer of it
            headers = request.headers.copy()
            headers.popall(hdrs.SEC_WEBSOCKET_EXTENSIONS, None)
            request = request.clone(headers=headers)
        try:
            return await server.handle_request(request)
        except Exception:  # whatever it makes of a WebSocket's message that is no packet
            await _refuse(server, request)
            return web.Response(status=400)

    return handler


async def _refuse(server: socketio.AsyncServer, request: web.BaseRequest) -> None:
    """Close a WebSocket that broke the protocol; the library would hold its session for long."""
    broken = [sid for sid, each in server.environ.items() if each["aiohttp.request"] is request]
    for sid in broken:
        await server.eio.sockets.pop(sid).close(wait=False, abort=True)
    if request.transport is not None:
        request.transport.write(PROTOCOL_ERROR)
        request.transport.close()


@asynccontextmanager
async def _listen(
    way: str,
    listener: socket.socket,
    history: History,
    settings: ServerSettings,
    tls: ssl.SSLContext | None,
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
    feed = Feed(server, history, settings.slow_reader)
    handler = _handler(server, compression=settings.compression)
    async with site(listener, {f"GET {PATH}": handler, f"POST {PATH}": handler}, tls):
        async with feed.running():
            yield
        await server.shutdown()


# The client has one GET out at all times, and sends by POST.
listen_polling = partial(_listen, "polling")
# WebSocket from the first byte on: one text frame a packet.
listen_websocket = partial(_listen, "websocket")
