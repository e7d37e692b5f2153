"""The DevTools protocol over a pipe: commands out, answers and events in.

Messages are JSON, each ended by a zero byte (Chromium's --remote-debugging-pipe). A session is one
page's channel; "" is the browser's own.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

LONGEST_MESSAGE_BYTES = 1 << 24

Listener = Callable[[str, msgspec.Raw], None]  # an event's method and its parameters


class _Fault(msgspec.Struct):
    message: str


class _Message(msgspec.Struct, rename="camel"):
    """An answer (it has the command's id) or an event (it has a method)."""

    id: int = 0
    method: str = ""
    session_id: str = ""
    params: msgspec.Raw = msgspec.Raw(b"{}")
    result: msgspec.Raw = msgspec.Raw(b"{}")
    error: _Fault | None = None


_decode = msgspec.json.Decoder(_Message).decode


class DevTools:
    """The client's end. `read` has to run for as long as answers are awaited."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._latest = 0  # id of a command
        self._waiting: dict[int, asyncio.Future[msgspec.Raw]] = {}
        self._listeners: dict[str, Listener] = {}
        self._over = False

    def listen(self, session: str, listener: Listener) -> None:
        """Pass every event of a session to the listener, from now on."""
        self._listeners[session] = listener

    def send(self, method: str, session: str = "", **params: Any) -> asyncio.Future[msgspec.Raw]:
        """Send a command; what is returned will be its result, or a ConnectionError."""
        answer: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
        if self._over:
            _fail(answer, "the browser has ended")
            return answer
        self._latest += 1
        self._waiting[self._latest] = answer
        command: dict[str, Any] = {"id": self._latest, "method": method, "params": params}
        if session:
            command["sessionId"] = session
        self._writer.write(msgspec.json.encode(command) + b"\0")
        return answer

    async def read(self) -> None:
        """Take the browser's messages, until it ends."""
        try:
            while True:
                self._take(_decode((await self._reader.readuntil(b"\0"))[:-1]))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._over = True
            for answer in self._waiting.values():
                _fail(answer, "the browser has ended")
            self._waiting.clear()

    def _take(self, message: _Message) -> None:
        if message.method:
            listener = self._listeners.get(message.session_id)
            if listener is not None:
                listener(message.method, message.params)
            return
        answer = self._waiting.pop(message.id, None)
        if answer is None:
            return
        if message.error is not None:
            _fail(answer, f"the browser refused: {message.error.message}")
        elif not answer.done():
            answer.set_result(message.result)


def _fail(answer: asyncio.Future[msgspec.Raw], reason: str) -> None:
    """With an exception for whoever awaits it; it need not be awaited."""
    if not answer.done():
        answer.set_exception(ConnectionError(reason))
        answer.exception()
