"""The chat room of the page: a second, small feed, into which its readers may speak.

What is said is an event like any other, so it goes to the readers as the feed's events do: over
WebSocket at once, over polling when they ask. All is bounded: texts, names, what is held.
"""

import asyncio
from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from feed.event import Event
from feed.history import History
from servers.demo import scripted_desk
from servers.errors import Refusal

MAX_NAME = 40
MAX_TEXT = 500
# Of the JSON object: the longest text and name in UTF-8, four bytes a character, and room to spare.
MAX_BODY_BYTES = 4096
HELD = 200
MAX_GREETED = 1000
MAX_ANSWERS_UNDER_WAY = 50

# Calls back after so many seconds; the handle cancels it.
Later = Callable[[float, Callable[[], None]], asyncio.TimerHandle]


class Saying(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a visitor sends. Lengths in characters; white space around does not count."""

    name: Annotated[str, Meta(max_length=MAX_NAME)]
    text: Annotated[str, Meta(max_length=MAX_TEXT)]


class Message(Event, frozen=True, gc=False, kw_only=True):
    """An event of the room: `due` is when it was said, `data` the text.

    name       who said it, or calls themselves so.
    scripted   the desk said it.
    waited_ms  how long the desk waited before it did, on purpose.
    """

    name: str
    scripted: bool = False
    waited_ms: int = 0


_decode = msgspec.json.Decoder(Saying).decode


def parse(body: bytes | str) -> Saying:
    """The Saying that a visitor sent, trimmed. Raises Refusal (400, 413)."""
    if len(body) > MAX_BODY_BYTES:
        raise Refusal(413, f"a message has at most {MAX_BODY_BYTES} bytes")
    try:
        saying = _decode(body)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Refusal(400, f'not a message: {error}; expected {{"name":"…","text":"…"}}') from None
    name, text = saying.name.strip(), saying.text.strip()
    if not name or not name.isprintable():
        raise Refusal(400, "name: expected 1 to 40 printable characters")
    if not text:
        raise Refusal(400, "text: expected 1 to 500 characters")
    return Saying(name, text)


class Room:
    """Who speaks is heard by all; the desk greets who is new, and answers what it knows."""

    def __init__(self, now_ns: Callable[[], int], later: Later | None = None) -> None:
        """now_ns: the clock of `due`. later: by default the running loop's call_later."""
        self.history = History(HELD)
        self._now_ns = now_ns
        self._later = later
        self._greeted: dict[str, None] = {}
        self._under_way: set[asyncio.TimerHandle] = set()

    def say(self, saying: Saying) -> Message:
        """Let everybody hear it; the desk's answer follows in its time."""
        said = self._append(saying.text, name=saying.name)
        answer = scripted_desk.answer(saying.text)
        if self._is_new(saying.name):
            self._promise(scripted_desk.greeting(saying.name, saying.text))
        if answer is not None:
            self._promise(answer)
        return said

    def hear(self, body: str | bytes) -> str | None:
        """say() what a frame holds; None, or the JSON error that its sender is told."""
        try:
            self.say(parse(body))
        except Refusal as refusal:
            return msgspec.json.encode({"error": refusal.error}).decode()
        return None

    def close(self) -> None:
        """The desk says nothing any more."""
        for timer in self._under_way:
            timer.cancel()
        self._under_way.clear()

    def _is_new(self, name: str) -> bool:
        if name in self._greeted:
            return False
        if len(self._greeted) >= MAX_GREETED:
            del self._greeted[next(iter(self._greeted))]
        self._greeted[name] = None
        return True

    def _promise(self, answer: scripted_desk.Answer) -> None:
        """One that is asked more than it can answer says nothing."""
        if len(self._under_way) >= MAX_ANSWERS_UNDER_WAY:
            return
        later = self._later or asyncio.get_running_loop().call_later

        def speak() -> None:
            self._under_way.discard(timer)
            waited_ms = round(answer.wait_s * 1e3)
            self._append(answer.text, name=scripted_desk.NAME, scripted=True, waited_ms=waited_ms)

        timer = later(answer.wait_s, speak)
        self._under_way.add(timer)

    def _append(
        self, text: str, *, name: str, scripted: bool = False, waited_ms: int = 0
    ) -> Message:
        seq = self.history.last_seq + 1
        message = Message(
            seq, self._now_ns(), text, name=name, scripted=scripted, waited_ms=waited_ms
        )
        self.history.append(message)
        return message
