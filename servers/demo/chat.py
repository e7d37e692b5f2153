"""The chat room of the page: a second, small feed, to which its readers post.

A message is an event like any other, so it goes to the readers as the feed's events do: over
WebSocket at once, over polling when they ask. All is bounded: texts, names, the history.
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
MAX_MESSAGES = 200  # that are kept for those who come later
MAX_GREETED = 1000
MAX_PENDING_REPLIES = 50

# Calls back after so many seconds; the handle cancels it.
Later = Callable[[float, Callable[[], None]], asyncio.TimerHandle]


class Post(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a visitor sends. Lengths in characters; white space around does not count."""

    name: Annotated[str, Meta(max_length=MAX_NAME)]
    text: Annotated[str, Meta(max_length=MAX_TEXT)]


class Message(Event, frozen=True, gc=False, kw_only=True):
    """An event of the room: `due` is when it was posted, `data` the text.

    name       what its sender calls themselves.
    scripted   the desk sent it.
    waited_ms  how long the desk waited before that, on purpose.
    """

    name: str
    scripted: bool = False
    waited_ms: int = 0


def parse(body: bytes | str) -> Post:
    """The Post that a visitor sent, trimmed. Raises Refusal (400, 413)."""
    if len(body) > MAX_BODY_BYTES:
        raise Refusal(413, f"a message has at most {MAX_BODY_BYTES} bytes")
    try:
        post = msgspec.json.decode(body, type=Post)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Refusal(400, f'not a message: {error}; expected {{"name":"…","text":"…"}}') from None
    name, text = post.name.strip(), post.text.strip()
    if not name or not name.isprintable():
        raise Refusal(400, "name: expected 1 to 40 printable characters")
    if not text:
        raise Refusal(400, "text: expected 1 to 500 characters")
    return Post(name, text)


class Room:
    """All get what each posts; the desk greets who is new, and answers what it knows."""

    def __init__(self, now_ns: Callable[[], int], later: Later | None = None) -> None:
        """now_ns: the clock of `due`. later: by default the running loop's call_later."""
        self.history = History(MAX_MESSAGES)
        self._now_ns = now_ns
        self._later = later
        self._greeted: dict[str, None] = {}
        self._pending: set[asyncio.TimerHandle] = set()

    def post(self, post: Post) -> Message:
        """Send it to everybody; the desk's reply follows in its time."""
        message = self._append(post.name, post.text)
        reply = scripted_desk.reply(post.text)
        if post.name not in self._greeted:
            if len(self._greeted) >= MAX_GREETED:
                del self._greeted[next(iter(self._greeted))]
            self._greeted[post.name] = None
            self._send_later(scripted_desk.greeting(post.name, post.text))
        if reply is not None:
            self._send_later(reply)
        return message

    def receive(self, body: str | bytes) -> str | None:
        """post() the body of a frame; None, or the JSON error for its sender alone."""
        try:
            self.post(parse(body))
        except Refusal as refusal:
            return msgspec.json.encode({"error": refusal.error}).decode()
        return None

    def close(self) -> None:
        """The desk sends nothing any more."""
        for timer in self._pending:
            timer.cancel()
        self._pending.clear()

    def _send_later(self, reply: scripted_desk.Reply) -> None:
        """Nothing where more is asked than the desk can answer."""
        if len(self._pending) >= MAX_PENDING_REPLIES:
            return
        later = self._later or asyncio.get_running_loop().call_later

        def send() -> None:
            self._pending.discard(timer)
            self._append(scripted_desk.NAME, reply.text, round(reply.wait_s * 1e3))

        timer = later(reply.wait_s, send)
        self._pending.add(timer)

    def _append(self, name: str, text: str, desk_waited_ms: int | None = None) -> Message:
        message = Message(
            self.history.last_seq + 1,
            self._now_ns(),
            text,
            name=name,
            scripted=desk_waited_ms is not None,
            waited_ms=desk_waited_ms or 0,
        )
        self.history.append(message)
        return message
