"""The echo over Socket.IO: an event up, its acknowledgement down, on one WebSocket connection."""

import socket
from collections.abc import Callable
from time import monotonic_ns

import msgspec

from loadgen.clients.client import Subscription
from loadgen.clients.connections.websocket import Link
from loadgen.clients.echo.answer_matcher import AnswerMatcher
from loadgen.clients.echo.texts import Text
from loadgen.clients.socketio.session import Session
from loadgen.clients.socketio.websocket import PacketLink, join, opened
from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.recorder import Recorder

ACKNOWLEDGEMENT = b"43"

_decode_answer = msgspec.json.Decoder(tuple[str]).decode


class EchoSession(Session):
    """A Session that is told answers: `43<id>["TEXT!!!"]` to `42<id>["echo","text"]`.

    The id is the text's own number, and so 1, 2, 3 … as a client of Socket.IO counts them.
    """

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(recorder)
        self.matcher = AnswerMatcher(recorder)

    def take(self, packet: bytes, received_ns: int) -> bytes:
        """Record the answer in a packet; gives the packet to answer with, b"" for none."""
        if not packet.startswith(ACKNOWLEDGEMENT):
            return super().take(packet, received_ns)
        if not self._heard(packet, received_ns):
            self.fail(f"an answer that is not its text in capitals: {packet[:80]!r}")
        return b""

    def _heard(self, packet: bytes, received_ns: int) -> bool:
        number, bracket, said = packet[len(ACKNOWLEDGEMENT) :].partition(b"[")
        try:
            (text,) = _decode_answer(bracket + said)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return False
        answer = text.encode()
        return answer.startswith(number + b" ") and self.matcher.match(answer, received_ns)


class EchoPacketLink(PacketLink):
    """A connection whose packets are answers."""

    session: EchoSession

    def __init__(
        self,
        sock: socket.socket,
        recorder: Recorder,
        lost: Callable[[Link], None],
        over: Callable[[Link], None],
        tls: bool,
    ) -> None:
        super().__init__(sock, recorder, lost, over, tls)
        self.session = EchoSession(recorder)

    def send(self, text: Text, planned_ns: int) -> None:
        """The texts of an echo need no escaping in JSON (feed.payload)."""
        sent_ns = monotonic_ns()
        self.send_text(b'42%d["echo","%b"]' % (text.number, text.data))
        self.session.matcher.sent(text, planned_ns, sent_ns)


class EchoSocketIoClient:
    """An EchoClient with one connection, on which any number of texts may be unanswered."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._link: EchoPacketLink | None = None
        self._closed = False

    async def connect(self) -> None:
        """WebSocket's handshake, Engine.IO's and Socket.IO's."""
        self._link = await opened(EchoPacketLink, self._subscription, self._on_lost)
        await join(self._link)

    def send(self, text: Text, planned_ns: int) -> None:
        if self._link is None or self._subscription.recorder.failure:
            return
        try:
            self._link.send(text, planned_ns)
        except OSError as error:
            self._subscription.recorder.fail(str(error))

    def byte_counts(self) -> ByteCounts:
        return self._link.byte_counts() if self._link else ByteCounts()

    async def close(self) -> None:
        self._closed = True
        if self._link is not None:
            await self._link.close()

    def _on_lost(self, link: Link) -> None:
        if not self._closed:
            self._subscription.recorder.fail(link.reason())
