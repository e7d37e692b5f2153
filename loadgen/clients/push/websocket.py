"""WebSocket: the server pushes, one text frame an event or a batch of them (RFC 6455)."""

import re
from urllib.parse import urlsplit

from loadgen.clients.client import Subscription
from loadgen.clients.connections.sockets import dial
from loadgen.clients.connections.websocket import DeflatedLink, Link, open_link
from loadgen.clients.header_profiles import handshake_headers
from loadgen.clients.push.resubscribing import Rejoining

GAP_CODE = 4410

_GAP_REASON = re.compile(r"gap: first_seq=\d+ last_seq=(\d+)")


class WebSocketClient(Rejoining[Link]):
    """A Client that subscribes once and records what is pushed."""

    def __init__(self, subscription: Subscription) -> None:
        super().__init__(subscription)
        self._url = subscription.url
        self._compression = subscription.compression
        url = urlsplit(subscription.url)
        self._headers = handshake_headers(
            subscription.headers,
            url.netloc,
            f"{'https' if url.scheme == 'wss' else 'http'}://{url.netloc}",
            compression=subscription.compression,
        )

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
        gap = _GAP_REASON.match(link.close_reason) if link.close_code == GAP_CODE else None
        self._lost(link.reason(), int(gap[1]) if gap else None)
