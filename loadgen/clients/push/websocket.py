"""WebSocket: the server pushes, one text frame an event or a batch of them (RFC 6455)."""

import re

import msgspec

from loadgen.clients.client import Subscription
from loadgen.clients.connections.websocket import SingleWebSocketClient, WebSocketConnection

GAP_CODE = 4410

_GAP_REASON = re.compile(r"gap: first_seq=\d+ last_seq=(\d+)")


class WebSocketClient(SingleWebSocketClient):
    """A Client that subscribes once and records what is pushed."""

    def __init__(self, subscription: Subscription) -> None:
        super().__init__(subscription, subscription.recorder.message, self._record_batch)

    async def _open(self, after: int) -> None:
        await self._open_websocket(f"?after={after}")

    def _gap(self, connection: WebSocketConnection) -> int | None:
        gap = connection.close_code == GAP_CODE and _GAP_REASON.match(connection.close_reason)
        return int(gap[1]) if gap else None

    def _record_batch(self, message: bytes, received_ns: int) -> None:
        if not self._recorder.batch(message, received_ns):
            raise msgspec.ValidationError("a batch without events")
