"""Socket.IO over WebSocket from the first byte on, without polling before it."""

import asyncio
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from loadgen.clients.client import Subscription
from loadgen.clients.connections.sockets import dial, resolve
from loadgen.clients.connections.websocket import Link, open_link
from loadgen.clients.header_profiles import handshake_headers
from loadgen.clients.socketio.session import ACCEPTED_WITHIN_S
from loadgen.clients.socketio.socketio_link import DeflatedPacketLink, PacketLink
from loadgen.recording.byte_counters import Wire

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

    def wire(self) -> Wire:
        return self._link.wire() if self._link else Wire()

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
