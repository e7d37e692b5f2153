"""WebSocket: the server pushes, one text frame an event or a batch of them (RFC 6455)."""

import asyncio
import re
from urllib.parse import urlsplit

from loadgen.client import Subscription
from loadgen.clients.dial import Address, dial, resolve
from loadgen.clients.websocket_link import DeflatedLink, Link, open_link
from loadgen.headers import handshake_headers
from loadgen.wire import Wire

GAP_CODE = 4410

_GAP_REASON = re.compile(r"gap: first_seq=\d+ last_seq=(\d+)")


class WebSocketClient:
    """A Client that subscribes once and records what is pushed."""

    def __init__(self, subscription: Subscription) -> None:
        self._recorder = subscription.recorder
        self._url, self._after = subscription.url, subscription.after
        url = urlsplit(subscription.url)
        self._host, self._port = url.hostname or "", url.port or 80
        self._compression, self._tls = subscription.compression, subscription.tls
        self._headers = handshake_headers(
            subscription.headers,
            url.netloc,
            f"{'https' if url.scheme == 'wss' else 'http'}://{url.netloc}",
            compression=subscription.compression,
        )
        self._addresses: list[Address] = []
        self._open: set[Link] = set()  # with one whose last segment is not counted yet
        self._ended = Wire()  # of the connections that are no more
        self._reconnecting: asyncio.Task[None] | None = None
        self._closed = False

    async def connect(self) -> None:
        self._addresses = await resolve(self._host, self._port)
        await self._connect(self._after)

    def start(self, epoch_ns: int) -> None:
        """Nothing to do: the server pushes from the handshake on."""

    def wire(self) -> Wire:
        return sum((link.wire() for link in self._open), self._ended)

    async def close(self) -> None:
        self._closed = True
        await asyncio.gather(*(link.close() for link in self._open))
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            await asyncio.wait([self._reconnecting])

    async def _connect(self, after: int) -> None:
        sock = await dial(self._addresses)
        kind = DeflatedLink if self._compression else Link
        link = kind(sock, self._recorder, self._on_lost, self._on_over, self._tls is not None)
        self._open.add(link)
        try:
            await open_link(link, sock, f"{self._url}?after={after}", self._headers, self._tls)
        except BaseException:
            self._open.discard(link)
            raise

    def _on_lost(self, link: Link) -> None:
        if self._closed or self._recorder.failure:
            return
        gap = _GAP_REASON.match(link.close_reason) if link.close_code == GAP_CODE else None
        if gap is None:
            self._recorder.fail(link.reason())
            return
        self._recorder.gap()
        reconnect = self._reconnect(after=int(gap[1]))
        self._reconnecting = asyncio.get_running_loop().create_task(reconnect)

    def _on_over(self, link: Link) -> None:
        if link in self._open:  # else its handshake failed
            self._open.remove(link)
            self._ended += link.wire()

    async def _reconnect(self, after: int) -> None:
        try:
            await self._connect(after)
        except OSError as error:
            self._recorder.fail(f"cannot connect: {error}")
