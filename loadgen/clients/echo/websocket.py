"""The echo over WebSocket: one text frame up, one down, on one connection (RFC 6455)."""

import socket
from collections.abc import Callable
from time import monotonic_ns
from urllib.parse import urlsplit

from loadgen.clients.client import Subscription
from loadgen.clients.connections.sockets import dial, resolve
from loadgen.clients.connections.websocket import Link, WSFrame, WSTransport, open_link
from loadgen.clients.echo.answer_matcher import AnswerMatcher
from loadgen.clients.echo.texts import Text
from loadgen.clients.header_profiles import handshake_headers
from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.recorder import Recorder

SUBPROTOCOL = ("Sec-WebSocket-Protocol", "echo.pushbench")


class EchoLink(Link):
    """A connection whose frames are answers."""

    def __init__(
        self,
        sock: socket.socket,
        recorder: Recorder,
        lost: Callable[[Link], None],
        over: Callable[[Link], None],
        tls: bool,
    ) -> None:
        super().__init__(sock, recorder, lost, over, tls)
        self._matcher = AnswerMatcher(recorder)

    def send(self, text: Text, planned_ns: int) -> None:
        sent_ns = monotonic_ns()
        self.send_text(text.data)
        self._matcher.sent(text, planned_ns, sent_ns)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """As of the link it is one of: what is no answer is looked at more closely."""
        received_ns = monotonic_ns()
        message = frame.get_payload_as_bytes()
        size = len(message)
        self._down_bytes += size + (2 if size < 126 else 4 if size < 65_536 else 10)
        if not self._matcher.match(message, received_ns):
            self._on_other(transport, frame.msg_type, message, received_ns)


class EchoWebSocketClient:
    """An EchoClient with one connection, on which any number of texts may be unanswered."""

    def __init__(self, subscription: Subscription) -> None:
        self._recorder = subscription.recorder
        self._url = subscription.url
        self._tls = subscription.tls
        self._netloc = urlsplit(subscription.url).netloc
        origin = f"{'https' if subscription.tls else 'http'}://{self._netloc}"
        self._headers = [
            *handshake_headers(subscription.headers, self._netloc, origin),
            SUBPROTOCOL,
        ]
        self._link: EchoLink | None = None
        self._closed = False

    async def connect(self) -> None:
        url = urlsplit(self._url)
        sock = await dial(await resolve(url.hostname or "", url.port or 80))
        link = EchoLink(sock, self._recorder, self._on_lost, _nothing, self._tls is not None)
        await open_link(link, sock, self._url, self._headers, self._tls)
        self._link = link

    def send(self, text: Text, planned_ns: int) -> None:
        if self._link is None or self._recorder.failure:
            return
        try:
            self._link.send(text, planned_ns)
        except OSError as error:
            self._recorder.fail(str(error))

    def byte_counts(self) -> ByteCounts:
        return self._link.byte_counts() if self._link else ByteCounts()

    async def close(self) -> None:
        self._closed = True
        if self._link is not None:
            await self._link.close()

    def _on_lost(self, link: Link) -> None:
        if not self._closed:
            self._recorder.fail(link.reason())


def _nothing(link: Link) -> None:
    """The link keeps its own final count."""
