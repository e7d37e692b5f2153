"""The room without a network: what may be said, who is greeted, when the desk answers."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from servers.demo import chat
from servers.demo.chat import Post, Room
from servers.errors import Refusal


class Script:
    """Calls that were asked for, made when the test says so. A handle is its place in the list."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, Callable[[], None]]] = []
        self.cancelled = 0

    def later(self, delay_s: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        self.calls.append((delay_s, call))
        return cast(asyncio.TimerHandle, Handle(self))

    def run(self) -> None:
        while self.calls:
            self.calls.sort(key=lambda each: each[0])
            self.calls.pop(0)[1]()


class Handle:
    def __init__(self, script: Script) -> None:
        self._script = script

    def cancel(self) -> None:
        self._script.cancelled += 1


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def room(script: Script) -> Iterator[Room]:
    made = Room(lambda: 42, script.later)
    yield made
    made.close()


def messages(room: Room) -> list[dict[str, Any]]:
    return [json.loads(message) for message in room.history.since(room.history.first_seq - 1)]


def test_what_is_said_is_an_event_with_a_name(room: Room) -> None:
    room.post(Post("Ada", "ünïcödé <b>"))
    assert messages(room) == [
        {
            "seq": 1,
            "due": 42,
            "data": "ünïcödé <b>",
            "name": "Ada",
            "scripted": False,
            "waited_ms": 0,
        }
    ]


def test_the_desk_greets_once_and_answers_each_time(room: Room, script: Script) -> None:
    room.post(Post("Ada", "refund?"))
    room.post(Post("Ada", "refund?"))
    script.run()
    said = messages(room)
    assert [each["scripted"] for each in said] == [False, False, True, True, True]
    assert said[2]["data"].startswith("Hello Ada")
    assert said[2]["waited_ms"] == 600
    assert said[3]["data"] == said[4]["data"] != said[2]["data"]
    assert {each["name"] for each in said[2:]} == {"Desk"}


def test_everything_is_bounded(room: Room, script: Script) -> None:
    for number in range(2 * chat.MAX_GREETED):
        room.post(Post(f"guest {number}", "hi"))
    assert len(messages(room)) == chat.MAX_MESSAGES
    assert len(script.calls) == chat.MAX_PENDING_REPLIES
    room.close()
    assert script.cancelled == chat.MAX_PENDING_REPLIES


def test_who_was_forgotten_is_greeted_again(room: Room, script: Script) -> None:
    for number in [*range(chat.MAX_GREETED + 1), 0, 0]:
        room.post(Post(f"guest {number}", "hi"))
        script.run()
    greeted = [each["data"][:13] for each in messages(room) if each["scripted"]]
    assert greeted.count("Hello guest 0") == 1  # the first time is not held any more


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "not a message"),
        (b"{", 400, "not a message"),
        (b"\xff", 400, "not a message"),
        (b'"hello"', 400, "not a message"),
        (b'{"text":"hello"}', 400, "name"),
        (b'{"name":"Ada"}', 400, "text"),
        (b'{"name":7,"text":"hello"}', 400, "name"),
        (b'{"name":"Ada","text":"hello","colour":"red"}', 400, "colour"),
        (b'{"name":"  ","text":"hello"}', 400, "name: expected"),
        ('{"name":"A\u202eda","text":"hello"}'.encode(), 400, "printable"),
        (b'{"name":"Ada","text":" \\n "}', 400, "text: expected"),
        (json.dumps({"name": "A" * 41, "text": "hello"}).encode(), 400, "name"),
        (json.dumps({"name": "Ada", "text": "x" * 501}).encode(), 400, "text"),
        (b" " * 4097, 413, "4096 bytes"),
    ],
)
def test_what_is_no_message_is_refused(body: bytes, status: int, said: str) -> None:
    with pytest.raises(Refusal, match=said) as caught:
        chat.parse(body)
    assert caught.value.status == status


def test_the_longest_message_fits() -> None:
    body = json.dumps({"name": "𝄞" * 40, "text": "𝄞" * 500}, ensure_ascii=False).encode()
    assert chat.parse(body) == Post("𝄞" * 40, "𝄞" * 500)
    assert chat.parse(b'{"name":" Ada ","text":"\\thello "}') == Post("Ada", "hello")


def test_a_frame_that_is_no_message_is_told_to_its_sender(room: Room) -> None:
    assert "not a message" in json.loads(room.receive("hello") or "{}")["error"]
    assert room.receive('{"name":"Ada","text":"hello"}') is None
    assert [each["data"] for each in messages(room)] == ["hello"]
