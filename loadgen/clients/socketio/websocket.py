"""Socket.IO over WebSocket from the first byte on, without polling before it."""

import asyncio
import contextlib
import socket
import zlib
from collections.abc import Callable
from time import monotonic_ns
from typing import TypeVar
from urllib.parse import urlsplit

from loadgen.clients.client import Subscription
from loadgen.clients.connections.permessage_deflate import Inflater, required
from loadgen.clients.connections.sockets import dial, resolve
from loadgen.clients.connections.websocket import (
    NORMAL_CODE,
    Link,
    WSFrame,
    WSMsgType,
    WSTransport,
    open_link,
)
from loadgen.clients.header_profiles import handshake_headers
from loadgen.clients.socketio.session import ACCEPTED_WITHIN_S, Session
from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.recorder import Recorder


class PacketLink(Link):
    """A Link whose frames go to a Session, and what that answers goes back.

    settled  done once the subscription is accepted, or all is over: then see session.failure.
    """

    def __init__(
        self,
        sock: socket.socket,
        recorder: Recorder,
        lost: Callable[[Link], None],
        over: Callable[[Link], None],
        tls: bool,
    ) -> None:
        super().__init__(sock, recorder, lost, over, tls)
        self.session = Session(recorder)
        self.settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        received_ns = monotonic_ns()
        payload = frame.get_payload_as_bytes()
        size = len(payload)
        self._down_bytes += size + (2 if size < 126 else 4 if size < 65_536 else 10)
        if frame.msg_type != WSMsgType.TEXT:
            self._on_other(transport, frame.msg_type, payload, received_ns)
            return
        try:
            reply = self.session.take(self._packet(frame, payload), received_ns)
        except zlib.error as error:
            self.session.fail(f"a frame that was not deflated as it says: {error}")
            reply = b""
        if reply:
            with contextlib.suppress(OSError):  # on_ws_disconnected comes next
                self.send_text(reply)
        if self.session.failure:
            self._send_close(transport, NORMAL_CODE)
        if not self.settled.done():
            self._settle()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        super().on_ws_disconnected(transport)
        if not self.settled.done():
            self.session.fail(self.reason())
            self._settle()

    def _settle(self) -> None:
        if self.session.joined or self.session.failure:
            self.settled.set_result(None)

    def _packet(self, frame: WSFrame, payload: bytes) -> bytes:
        return payload


class DeflatedPacketLink(PacketLink):
    """One whose packets may come compressed (RFC 7692)."""

    _inflater: Inflater

    def _packet(self, frame: WSFrame, payload: bytes) -> bytes:
        return self._inflater.message(payload) if frame.rsv1 else payload

    def _agree(self, extensions: str | None) -> None:
        self._inflater = required(extensions)


QUERY = "?EIO=4&transport=websocket"

AnyLink = TypeVar("AnyLink", bound=PacketLink)


class SocketIoWebSocketClient:
    """A Client that subscribes once, answers pings, and records what is pushed."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._link: PacketLink | None = None
        self._closed = False

    async def connect(self) -> None:
        """WebSocket's handshake, Engine.IO's and Socket.IO's."""
        kind = DeflatedPacketLink if self._subscription.compression else PacketLink
        self._link = await opened(kind, self._subscription, self._on_lost)
        await join(self._link)

    def start(self, epoch_ns: int) -> None:
        """Nothing to do: the server pushes from the handshake on."""

    def byte_counts(self) -> ByteCounts:
        return self._link.byte_counts() if self._link else ByteCounts()

    async def close(self) -> None:
        self._closed = True
        if self._link is not None:
            await self._link.close()

    def _on_lost(self, link: Link) -> None:
        if not self._closed:
            self._subscription.recorder.fail(link.reason())


async def opened(
    kind: type[AnyLink], subscription: Subscription, lost: Callable[[Link], None]
) -> AnyLink:
    """A link after WebSocket's handshake. Raises OSError."""
    url, tls = urlsplit(subscription.url), subscription.tls
    sock = await dial(await resolve(url.hostname or "", url.port or 80))
    link = kind(sock, subscription.recorder, lost, _on_over, tls is not None)
    link.session.after = subscription.after
    headers = handshake_headers(
        subscription.headers,
        url.netloc,
        f"{'https' if url.scheme == 'wss' else 'http'}://{url.netloc}",
        compression=subscription.compression,
    )
    await open_link(link, sock, subscription.url + QUERY, headers, tls)
    return link


async def join(link: PacketLink) -> None:
    """Wait until the server has accepted it. Raises ConnectionError."""
    await asyncio.wait([link.settled], timeout=ACCEPTED_WITHIN_S)
    if not link.session.joined:
        raise ConnectionError(link.session.failure or "no answer to Socket.IO's CONNECT")


def _on_over(link: Link) -> None:
    """Its count is final; it is asked for it by then."""
