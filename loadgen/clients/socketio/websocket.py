"""Socket.IO over WebSocket from the first byte on, without polling before it."""

import asyncio
import contextlib

import msgspec

from loadgen.clients.client import Subscription
from loadgen.clients.connections.websocket import SingleWebSocketClient, WebSocketConnection
from loadgen.clients.socketio.session import ACCEPTED_WITHIN_S, Session

QUERY = "?EIO=4&transport=websocket"


class SocketIoWebSocketClient(SingleWebSocketClient):
    """A Client that subscribes once, and after a gap once more, over the same connection."""

    def __init__(self, subscription: Subscription, session: Session | None = None) -> None:
        """session: another than that of a feed."""
        # A ping of WebSocket may carry bytes that look like a packet, as `2` does.
        super().__init__(subscription, self._take, texts_only=True)
        self._session = session or Session(subscription.recorder, subscription.after)
        self._settled = asyncio.Event()  # the subscription is accepted, or all is over

    async def _open(self, after: int) -> None:
        """WebSocket's handshake, Engine.IO's and Socket.IO's."""
        await self._open_websocket(QUERY)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), ACCEPTED_WITHIN_S)
        if not self._session.joined:
            raise ConnectionError(self._recorder.failure or "no answer to Socket.IO's CONNECT")

    def _take(self, packet: bytes, received_ns: int) -> bytes:
        reply = self._session.take(packet, received_ns)
        if self._session.joined or self._recorder.failure:
            self._settled.set()
        if self._recorder.failure:  # the connection sees to its end
            raise msgspec.ValidationError(self._recorder.failure)
        return reply

    def _on_lost(self, connection: WebSocketConnection) -> None:
        super()._on_lost(connection)
        self._settled.set()
