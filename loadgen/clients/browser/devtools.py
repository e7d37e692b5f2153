"""The DevTools protocol over a pipe: commands out, answers and events in.

Messages are JSON, each ended by a zero byte (Chromium's --remote-debugging-pipe). A session is one
page's channel; "" is the browser's own.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

LONGEST_MESSAGE_BYTES = 1 << 24

Heard = Callable[[str, msgspec.Raw], None]  # an event's method and its parameters


class _Fault(msgspec.Struct):
    message: str


class _Said(msgspec.Struct, rename="camel"):
    """An answer (it has the command's id) or an event (it has a method)."""

    id: int = 0
    method: str = ""
    session_id: str = ""
    params: msgspec.Raw = msgspec.Raw(b"{}")
    result: msgspec.Raw = msgspec.Raw(b"{}")
    error: _Fault | None = None


_decode = msgspec.json.Decoder(_Said).decode


class DevTools:
    """The client's end. `read` has to run for as long as answers are awaited.

    Where the browser has ended, whoever awaits an answer gets a ConnectionError.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._latest = 0  # id of a command
        self._waiting: dict[int, asyncio.Future[msgspec.Raw]] = {}
        self._listeners: dict[str, Heard] = {}
        self._over = False

    def listen(self, session: str, heard: Heard) -> None:
        """Have every event of a session told to `heard`, from now on."""
        self._listeners[session] = heard

    def send(self, method: str, session: str = "", **params: Any) -> asyncio.Future[msgspec.Raw]:
        """Send a command; what is returned will be its result, or a ConnectionError."""
        answer: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
        if self._over:
            _disappoint(answer, "the browser has ended")
            return answer
        self._latest += 1
        self._waiting[self._latest] = answer
        command: dict[str, Any] = {"id": self._latest, "method": method, "params": params}
        if session:
            command["sessionId"] = session
        self._writer.write(msgspec.json.encode(command) + b"\0")
        return answer

    async def read(self) -> None:
        """Take what the browser says, until it ends."""
        try:
            while True:
                self._take(await self._reader.readuntil(b"\0"))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._over = True
            for answer in self._waiting.values():
                _disappoint(answer, "the browser has ended")
            self._waiting.clear()

    def _take(self, message: bytes) -> None:
        said = _decode(message[:-1])
        if said.method:
            heard = self._listeners.get(said.session_id)
            if heard is not None:
                heard(said.method, said.params)
            return
        answer = self._waiting.pop(said.id, None)
        if answer is None or answer.done():
            return
        if said.error is None:
            answer.set_result(said.result)
        else:
            _disappoint(answer, f"the browser refused: {said.error.message}")


def _disappoint(answer: asyncio.Future[msgspec.Raw], reason: str) -> None:
    """Whoever awaits it is told; but nobody has to."""
    if not answer.done():
        answer.set_exception(ConnectionError(reason))
        answer.exception()
