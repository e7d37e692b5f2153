"""A client's side of a Socket.IO 5 session over Engine.IO 4, without I/O.

A packet begins with Engine.IO's digit: 0 open, 1 close, 2 ping, 3 pong, 4 message, 6 noop. Behind
a 4 stands Socket.IO's: 0 connect, 1 disconnect, 2 event, 4 connection refused. One WebSocket text
frame is one packet; the body of an HTTP request or answer holds several, separated by 0x1E.
"""

import msgspec

from loadgen.recording.recorder import NO_EVENT, Recorder

ACCEPTED_WITHIN_S = 30.0  # from the first byte until the subscription stands

SEPARATOR = b"\x1e"
PONG = b"3"

# As every server writes it that encodes its packets compactly; what follows is the event's JSON.
EVENT_HEAD = b'42["event",'
EVENT_TAIL = b"]"


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
    """Takes the packets of one server, and gives the packets to answer with.

    A session that is over has failed its recorder.

    sid      of the Engine.IO session; "" before the server has opened it.
    joined   whether the server has accepted the subscription.
    """

    def __init__(self, recorder: Recorder, after: int = 0) -> None:
        """after: the cursor to begin with."""
        self.sid = ""
        self.joined = False
        self._recorder = recorder
        self._after = after
        self._after_gap = False  # a gap came: its disconnect comes next

    def take(self, packet: bytes, received_ns: int) -> bytes:
        """Record the event in a packet; gives the packet to answer with, b"" for none."""
        try:
            if packet.startswith(EVENT_HEAD) and packet.endswith(EVENT_TAIL):
                self._recorder.message(packet[len(EVENT_HEAD) : -1], received_ns)
                return b""
            return self._answer(packet)
        except NO_EVENT:
            self._recorder.fail(f"a packet that makes no sense: {packet[:80]!r}")
            return b""

    def _answer(self, packet: bytes) -> bytes:
        kind = packet[:1] if packet[:1] != b"4" else packet[:2]
        if kind == b"2":
            return PONG + packet[1:]
        if kind == b"0":
            self.sid = _decode_opened(packet[1:]).sid
            return self._connect()
        if kind == b"40":
            self.joined = True
        elif kind == b"41" and self._after_gap:  # carry on behind it, over the same session
            self._after_gap = False
            return self._connect()
        elif kind == b"41":
            self._recorder.fail("the server disconnected")
        elif kind == b"42":  # the one other event that there is
            name, gap = _decode_gap(packet[2:])
            if name != "gap":
                raise msgspec.ValidationError("an event that is neither `event` nor `gap`")
            self._after = gap.last_seq
            self._after_gap = True
            self._recorder.gap()
        elif kind == b"44":
            refusal = _decode_refused(packet[2:]).message
            self._recorder.fail(f"the server refused: {refusal}")
        elif kind == b"1":
            self._recorder.fail("the server closed the session")
        elif kind != b"6":
            raise msgspec.ValidationError("no packet of the protocol")
        return b""

    def _connect(self) -> bytes:
        return b'40{"after":%d}' % self._after
