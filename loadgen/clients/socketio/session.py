"""One client's part in a conversation of Socket.IO 5 over Engine.IO 4, without I/O.

A packet begins with Engine.IO's digit: 0 open, 1 close, 2 ping, 3 pong, 4 message, 6 noop. Behind
a 4 stands Socket.IO's: 0 connect, 1 disconnect, 2 event, 4 connection refused. One WebSocket text
frame is one packet; the body of an HTTP request or answer holds several, separated by 0x1E.
"""

import msgspec

from feed.event import decode
from loadgen.recording.recorder import Recorder

ACCEPTED_WITHIN_S = 30.0  # from the first byte until the subscription stands

SEPARATOR = b"\x1e"
PONG = b"3"

# As every server writes it that encodes its packets compactly; what follows is the event's JSON.
EVENT_HEAD = b'42["event",'
EVENT_TAIL = b"]"
_AROUND = len(EVENT_HEAD) + len(EVENT_TAIL)


class _Opened(msgspec.Struct):
    sid: str


class _Gap(msgspec.Struct):
    last_seq: int


class _Refused(msgspec.Struct):
    message: str


_decode_opened = msgspec.json.Decoder(_Opened).decode
_decode_gap = msgspec.json.Decoder(tuple[str, _Gap]).decode
_decode_refused = msgspec.json.Decoder(_Refused).decode


class Session:
    """Takes the packets of one server, and says what to answer.

    sid      of the Engine.IO session; "" before the server has opened it.
    after    the cursor to begin with.
    joined   whether the server has accepted the subscription.
    failure  why it is over, in one line, which the recorder is told too; "" as long as it is not.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.sid = ""
        self.joined = False
        self.failure = ""
        self._recorder = recorder
        self._record = recorder.event
        self.after = 0
        self._behind = False  # a gap was told: its disconnect comes next

    def take(self, packet: bytes, received_ns: int) -> bytes:
        """Record the event in a packet; gives the packet to answer with, b"" for none."""
        try:
            if packet.startswith(EVENT_HEAD) and packet.endswith(EVENT_TAIL):
                event = decode(packet[len(EVENT_HEAD) : -1])
                self._record(event, len(packet) - _AROUND, received_ns)
                return b""
            return self._answer(packet)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.fail(f"a packet that makes no sense: {packet[:80]!r}")
            return b""

    def fail(self, reason: str) -> None:
        """It is over; the first reason is kept."""
        self.failure = self.failure or reason
        self._recorder.fail(reason)

    def _answer(self, packet: bytes) -> bytes:
        kind = packet[:1] if packet[:1] != b"4" else packet[:2]
        if kind == b"2":
            return PONG + packet[1:]
        if kind == b"0":
            self.sid = _decode_opened(packet[1:]).sid
            return self._connect()
        if kind == b"40":
            self.joined = True
        elif kind == b"41":
            return self._disconnected()
        elif kind == b"42":
            self._told(packet)
        elif kind == b"44":
            self.fail(f"the server refused: {_decode_refused(packet[2:]).message}")
        elif kind == b"1":
            self.fail("the server closed the session")
        elif kind != b"6":
            self.fail(f"a packet that makes no sense: {packet[:80]!r}")
        return b""

    def _connect(self) -> bytes:
        return b'40{"after":%d}' % self.after

    def _told(self, packet: bytes) -> None:
        """The one other event that there is."""
        name, gap = _decode_gap(packet[2:])
        if name != "gap":
            raise msgspec.DecodeError
        self.after = gap.last_seq
        self._behind = True
        self._recorder.gap()

    def _disconnected(self) -> bytes:
        """After a gap carry on behind it, over the same session."""
        if not self._behind:
            self.fail("the server disconnected")
            return b""
        self._behind = False
        return self._connect()
