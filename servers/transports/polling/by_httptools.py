"""Short and long polling on the bare HTTP server: the same answers, with the least around them."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from feed.history import Gap, History
from feed.transport import LONG_POLL, SHORT_POLL
from servers.http import cursor
from servers.http.answer import Answers, refused
from servers.http.header_profiles import profile
from servers.http.httptools_messages import Request
from servers.http.httptools_server import bare_site
from servers.settings import ServerSettings
from servers.transports.polling.long_poll import parse_timeout_s


class Polls:
    """Answers short polls at once; holds long ones, all of which one event wakes in one pass."""

    def __init__(self, history: History, answers: Answers) -> None:
        self._history = history
        self._answers = answers
        self._held: dict[Request, tuple[int, asyncio.TimerHandle]] = {}  # -> cursor, its end
        self._woken = False
        history.listen(self._wake)

    @property
    def held(self) -> int:
        """How many polls wait for the next event."""
        return len(self._held)

    def short_poll(self, request: Request) -> None:
        """Raises Refusal (400) and Gap (410), which the server answers."""
        after = cursor.parse(request.parameter("after"), self._history)
        self._answer(request, self._history.since(after))

    def long_poll(self, request: Request) -> None:
        """As short_poll, but it holds a request that found nothing."""
        timeout_s = parse_timeout_s(request.parameter("timeout_s"))
        after = cursor.parse(request.parameter("after"), self._history)
        messages = self._history.since(after)
        if messages:
            self._answer(request, messages)
            return
        timer = asyncio.get_running_loop().call_later(timeout_s, self._give_up, request)
        self._held[request] = (after, timer)
        request.on_lost = self._forget

    def _answer(self, request: Request, messages: list[bytes]) -> None:
        encoding, closes = request.accept_encoding, request.closes
        request.answer(self._answers.of(messages, accept_encoding=encoding, closes=closes))

    def _give_up(self, request: Request) -> None:
        del self._held[request]
        self._answer(request, [])

    def _forget(self, request: Request) -> None:
        _, timer = self._held.pop(request)
        timer.cancel()

    def _wake(self, message: bytes) -> None:
        # In the loop's next turn, as aiohttp's polls wake: events of one instant come together.
        if self._held and not self._woken:
            self._woken = True
            asyncio.get_running_loop().call_soon(self._answer_held)

    def _answer_held(self) -> None:
        self._woken = False
        for request, (after, _) in list(self._held.items()):
            if after == self._history.last_seq:
                continue  # it came after the event
            self._forget(request)
            try:
                self._answer(request, self._history.since(after))
            except Gap as gap:
                request.answer(refused(gap))


Listen = Callable[
    [socket.socket, History, ServerSettings, ssl.SSLContext | None],
    AbstractAsyncContextManager[None],
]


def serving(name: str, handler: Callable[[Polls, Request], None]) -> Listen:
    """How GET /name is served on a socket until the context ends."""

    @asynccontextmanager
    async def listen(
        listener: socket.socket,
        history: History,
        settings: ServerSettings,
        tls: ssl.SSLContext | None,
    ) -> AsyncIterator[None]:
        answers = Answers(profile(settings.headers), compression=settings.compression)
        polls = Polls(history, answers)
        async with bare_site(listener, {f"GET /{name}": partial(handler, polls)}, tls):
            yield

    return listen


short_poll = serving(SHORT_POLL, Polls.short_poll)
long_poll = serving(LONG_POLL, Polls.long_poll)
