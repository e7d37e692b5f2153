"""Short and long polling on the bare HTTP server: the same responses, with less around them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from feed.history import Gap, History
from feed.transport import LONG_POLL, SHORT_POLL
from servers.http import cursor
from servers.http.httptools_server import Connection, bare_site
from servers.http.response import PollResponses, refused
from servers.http.sockets import Tls
from servers.settings import ServerSettings
from servers.transports.polling.by_aiohttp import parse_timeout_s


class Polls:
    """Responds to short polls at once; lets long ones wait, all of which one event wakes at once.

    waiting: polls without an event -> cursor, and the timer that ends them.
    """

    def __init__(self, history: History, responses: PollResponses) -> None:
        self._history = history
        self._responses = responses
        self.waiting: dict[Connection, tuple[int, asyncio.TimerHandle]] = {}
        self._woken = False
        history.listen(self._wake)

    def short_poll(self, poll: Connection) -> None:
        """Raises Refusal (400) and Gap (410), which the server answers."""
        after = cursor.parse(poll.parameter("after"), self._history)
        self._respond(poll, self._history.since(after))

    def long_poll(self, poll: Connection) -> None:
        """As short_poll, but one that found nothing waits."""
        timeout_s = parse_timeout_s(poll.parameter("timeout_s"))
        after = cursor.parse(poll.parameter("after"), self._history)
        messages = self._history.since(after)
        if messages:
            self._respond(poll, messages)
            return
        timer = asyncio.get_running_loop().call_later(timeout_s, self._give_up, poll)
        self.waiting[poll] = (after, timer)
        poll.on_lost = self._forget

    def _respond(self, poll: Connection, messages: list[bytes]) -> None:
        poll.respond(self._responses.of(messages, poll.accept_encoding, poll.closes))

    def _give_up(self, poll: Connection) -> None:
        del self.waiting[poll]
        self._respond(poll, [])

    def _forget(self, poll: Connection) -> None:
        _, timer = self.waiting.pop(poll)
        timer.cancel()

    def _wake(self, message: bytes) -> None:
        # In the loop's next turn, as aiohttp's polls wake: events of one instant come together.
        if self.waiting and not self._woken:
            self._woken = True
            asyncio.get_running_loop().call_soon(self._respond_to_waiting)

    def _respond_to_waiting(self) -> None:
        self._woken = False
        for poll, (after, _) in list(self.waiting.items()):
            if after == self._history.last_seq:
                continue  # it came after the event
            self._forget(poll)
            try:
                self._respond(poll, self._history.since(after))
            except Gap as gap:
                poll.respond(refused(gap))


@asynccontextmanager
async def _listen(
    name: str,
    handler: Callable[[Polls, Connection], None],
    listener: socket.socket,
    history: History,
    settings: ServerSettings,
    tls: Tls,
) -> AsyncIterator[None]:
    """Serve GET /name on `listener` until the context ends."""
    polls = Polls(history, PollResponses(settings))
    async with bare_site(listener, {f"GET /{name}": partial(handler, polls)}, tls):
        yield


short_poll = partial(_listen, SHORT_POLL, Polls.short_poll)
long_poll = partial(_listen, LONG_POLL, Polls.long_poll)
