"""The echo over WebSocket: one text frame up, one down, on one connection (RFC 6455)."""

from loadgen.clients.client import Subscription
from loadgen.clients.connections.websocket import SingleWebSocketClient
from loadgen.clients.echo.texts import AnswerMatcher, Text

SUBPROTOCOL = ("Sec-WebSocket-Protocol", "echo.pushbench")


class EchoWebSocketClient(SingleWebSocketClient):
    """An EchoClient with one connection, on which any number of texts may be unanswered."""

    def __init__(self, subscription: Subscription) -> None:
        self._matcher = AnswerMatcher(subscription.recorder)
        super().__init__(subscription, self._matcher.match, extra_headers=[SUBPROTOCOL])

    async def _open(self, after: int) -> None:
        await self._open_websocket("")

    def send(self, text: Text, planned_ns: int) -> None:
        sent_ns = self._send_text(text.data)
        if sent_ns is not None:
            self._matcher.sent(text, planned_ns, sent_ns)
