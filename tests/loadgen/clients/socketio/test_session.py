"""The conversation as values, and against python-socketio's own packets."""

import json
from typing import Any

import pytest
from engineio.packet import MESSAGE
from engineio.packet import Packet as Outer
from engineio.payload import Payload
from hypothesis import given
from hypothesis import strategies as st
from socketio.packet import CONNECT, CONNECT_ERROR, DISCONNECT, EVENT, Packet

from feed.event import Event, encode
from loadgen.clients.socketio.session import SEPARATOR, Session
from loadgen.recording.recorder import Recorder

OPEN = b'0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1}'


class Compact:
    """JSON without spaces, in UTF-8: as the JavaScript server writes it."""

    @staticmethod
    def dumps(data: Any, **layout: Any) -> str:
        return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def written(kind: int, data: object = None) -> bytes:
    """A packet as the library writes it, namespace / and all."""
    packet = Packet(kind, data=data, namespace="/")
    packet.json = Compact
    inner = packet.encode()
    return bytes(Outer(MESSAGE, inner).encode(), "utf-8")


def read(packet: bytes) -> Packet:
    """What the library makes of a packet of ours."""
    outer = Outer(encoded_packet=packet.decode())
    assert outer.packet_type == MESSAGE
    inner = outer.data if isinstance(outer.data, str) else json.dumps(outer.data)
    return Packet(encoded_packet=inner)


def opened() -> tuple[Session, Recorder]:
    recorder = Recorder()
    session = Session(recorder)
    assert session.take(OPEN, 1)
    session.take(written(CONNECT, {"sid": "xyz"}), 2)
    return session, recorder


def test_subscribes_once_the_session_is_open() -> None:
    session = Session(Recorder())
    reply = session.take(OPEN, 1)
    assert reply == b'40{"after":0}'
    assert session.sid == "abc"
    assert not session.joined
    packet = read(reply)
    assert (packet.packet_type, packet.namespace, packet.data) == (CONNECT, None, {"after": 0})
    assert session.take(b'40{"sid":"xyz"}', 2) == b""
    assert session.joined


@given(st.integers(1, 2**53), st.integers(0, 2**53), st.text())
def test_records_the_events_that_the_library_writes(seq: int, due: int, data: str) -> None:
    text = data.encode("utf-8", "ignore").decode()
    session, recorder = opened()
    event = {"seq": seq, "due": due, "data": text}
    raw = written(EVENT, ["event", event])
    assert session.take(raw, 7) == b""
    assert recorder.failure == ""
    arrived = recorder.arrivals().tolist()
    assert arrived == [[seq, due, len(Compact.dumps(event).encode()), 7]]


def test_message_bytes_are_those_of_the_event_alone() -> None:
    session, recorder = opened()
    message = encode(Event(1, 10, "größer ✓"))
    session.take(b'42["event",' + message + b"]", 3)
    assert recorder.arrivals()[:, 2].tolist() == [len(message)]


def test_several_packets_in_one_payload_are_separated_as_the_library_does() -> None:
    packets = [Outer(MESSAGE, f"2[{number}]") for number in range(3)]
    body = Payload(packets).encode().encode()
    assert body.split(SEPARATOR) == [b"42[0]", b"42[1]", b"42[2]"]


def test_answers_pings() -> None:
    session, recorder = opened()
    assert session.take(b"2", 3) == b"3"
    assert session.take(b"2probe", 3) == b"3probe"
    assert session.take(b"6", 3) == b""
    assert recorder.failure == ""


def test_carries_on_behind_a_gap_in_the_same_session() -> None:
    session, recorder = opened()
    assert session.take(written(EVENT, ["gap", {"first_seq": 5, "last_seq": 9}]), 3) == b""
    assert session.take(written(DISCONNECT), 3) == b'40{"after":9}'
    assert recorder.gaps == 1
    assert recorder.failure == ""
    assert session.take(written(DISCONNECT), 3) == b""
    assert recorder.failure == "the server disconnected"


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (written(CONNECT_ERROR, {"message": "no such cursor"}), "refused: no such cursor"),
        (b'44"no"', "makes no sense"),
        (b"1", "closed the session"),
        (b"41", "the server disconnected"),
        (b"0{}", "makes no sense"),
        (b"", "makes no sense"),
        (b"7", "makes no sense"),
        (b"hello", "makes no sense"),
        (b"\xff", "makes no sense"),
        (b'42["event",{"seq":1}]', "makes no sense"),
        (b'42["event",{"seq":1,"due":2,"data":"\xff"}]', "makes no sense"),
        (b'42["event",{"seq":1,"due":2,"data":"x"}', "makes no sense"),
        (b'42["news",{"last_seq":1}]', "makes no sense"),
        (b"43[]", "makes no sense"),
    ],
)
def test_is_over_with_a_reason(packet: bytes, reason: str) -> None:
    session, recorder = opened()
    assert session.take(packet, 3) == b""
    assert reason in recorder.failure
    recorder.fail("something later")
    assert reason in recorder.failure
