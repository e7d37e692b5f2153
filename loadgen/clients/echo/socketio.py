"""The echo over Socket.IO: an event up, its acknowledgement down, on one WebSocket connection."""

import msgspec

from loadgen.clients.client import Subscription
from loadgen.clients.echo.texts import AnswerMatcher, Text
from loadgen.clients.socketio.session import Session
from loadgen.clients.socketio.websocket import SocketIoWebSocketClient
from loadgen.recording.recorder import NO_EVENT, Recorder

ACKNOWLEDGEMENT = b"43"

_decode_answer = msgspec.json.Decoder(tuple[str]).decode


class EchoSession(Session):
    """A Session that takes answers: `43<id>["TEXT!!!"]` to `42<id>["echo","text"]`.

    The id is the text's own number, and so 1, 2, 3 … as a client of Socket.IO counts them.
    """

    def __init__(self, recorder: Recorder, matcher: AnswerMatcher) -> None:
        super().__init__(recorder)
        self._matcher = matcher

    def take(self, packet: bytes, received_ns: int) -> bytes:
        if not packet.startswith(ACKNOWLEDGEMENT):
            return super().take(packet, received_ns)
        number, bracket, rest = packet[len(ACKNOWLEDGEMENT) :].partition(b"[")
        try:
            answer = _decode_answer(bracket + rest)[0].encode()
            if not answer.startswith(number + b" "):
                raise msgspec.ValidationError("an id that is not its text's number")
            self._matcher.match(answer, received_ns)
        except NO_EVENT:
            self._recorder.fail(f"an answer that is not its text in capitals: {packet[:80]!r}")
        return b""


class EchoSocketIoClient(SocketIoWebSocketClient):
    """An EchoClient with one connection, on which any number of texts may be unanswered."""

    def __init__(self, subscription: Subscription) -> None:
        self._matcher = AnswerMatcher(subscription.recorder)
        super().__init__(subscription, EchoSession(subscription.recorder, self._matcher))

    def send(self, text: Text, planned_ns: int) -> None:
        # The texts of an echo need no escaping in JSON (feed.payload).
        sent_ns = self._send_text(b'42%d["echo","%b"]' % (text.number, text.data))
        if sent_ns is not None:
            self._matcher.sent(text, planned_ns, sent_ns)
