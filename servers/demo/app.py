"""What `pushbench serve` adds to the transports for people: the page, its settings, the chat.

No trial has any of it: the servers that are measured answer for their transport alone.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
from aiohttp import web

from feed.history import History
from feed.spec import FeedSpec
from feed.transport import LONG_POLL, SHORT_POLL, SSE, WEBSOCKET
from servers.control.publisher import Publisher
from servers.demo import chat
from servers.demo.chat import Room
from servers.demo.feed_rate import MAX_RATE_PER_S, MIN_RATE_PER_S, Rate, Tap
from servers.demo.static_files import page
from servers.errors import Refusal
from servers.http import echo
from servers.http.aiohttp_site import Handler, json_response
from servers.registry import Beside
from servers.settings import ServerSettings
from servers.transports.polling.short_poll import short_poll
from servers.transports.websocket import by_websockets, protocol

CHAT_PATH = "/chat"
# What the page looks at. The WebSocket comes first of those with a port of their own.
_TRANSPORTS = (SHORT_POLL, LONG_POLL, SSE, WEBSOCKET)


class FeedState(msgspec.Struct, frozen=True):
    """rate_per_s: null where a trace brings its own times. last_seq: the newest event so far."""

    rate_per_s: float | None
    min_rate_per_s: float
    max_rate_per_s: float
    last_seq: int


class Config(msgspec.Struct, frozen=True):
    """What the page asks first.

    urls           transport, `chat` or `echo` -> where it is; `echo` and `chat` over WebSocket.
    subprotocols   what the echo speaks, for who asks for one.
    request_bytes  size of the request that this answers, as it came: headers and all.
    """

    urls: dict[str, str]
    subprotocols: list[str]
    feed: FeedState
    request_bytes: int


def with_the_pages(transports: Sequence[str]) -> tuple[str, ...]:
    """The page's transports, then the others."""
    return tuple(dict.fromkeys((*_TRANSPORTS, *transports)))


class App:
    """The handlers of one server, from its settings on; it opens once everything listens."""

    def __init__(self, spec: FeedSpec, publisher: Publisher, history: History) -> None:
        self._history = history
        self._publisher = publisher
        self._tap = Tap(spec, publisher, history)
        self._urls: dict[str, str] = {}
        self.room = Room(self._now_ns)

    def open(self, urls: Mapping[str, str]) -> None:
        """To be called once the feed has been started, with the URLs that are served."""
        port = urls[WEBSOCKET].removesuffix(protocol.PATH)
        self._urls = {**urls, "chat": port + CHAT_PATH, "echo": port + echo.PATH}

    def beside(self) -> Beside:
        """What the transports' ports serve besides."""
        room = by_websockets.Channel(
            CHAT_PATH, self.room.history, self.room.hear, chat.MAX_BODY_BYTES
        )
        return Beside(
            self._handlers(), {WEBSOCKET: partial(by_websockets.listen, channels=(room,))}
        )

    def _handlers(self) -> dict[str, Handler]:
        return page() | {
            "GET /config": self._opened(self.config),
            "GET /feed/clock": self._opened(self.clock),
            "POST /feed/rate": self._opened(self.turn),
            f"GET {CHAT_PATH}": short_poll(self.room.history, ServerSettings(transports=())),
            f"POST {CHAT_PATH}": self._opened(self.say),
        }

    async def config(self, request: web.BaseRequest) -> web.Response:
        feed = FeedState(
            self._tap.rate_per_s, MIN_RATE_PER_S, MAX_RATE_PER_S, self._history.last_seq
        )
        return json_response(Config(self._urls, [echo.SUBPROTOCOL], feed, size(request)))

    async def clock(self, request: web.BaseRequest) -> web.Response:
        """ns since the epoch from which each event's `due` counts, read as late as can be."""
        return json_response({"now_ns": self._now_ns()})

    async def turn(self, request: web.BaseRequest) -> web.Response:
        """A Rate in, and the same out; 400 and 409 as JSON errors."""
        try:
            rate = msgspec.json.decode(await sent(request), type=Rate)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise Refusal(400, f"not a rate: {error}") from None
        self._tap.turn(rate)
        return json_response(rate)

    async def say(self, request: web.BaseRequest) -> web.Response:
        """A Saying in, the Message that everybody gets out, 201; 400 and 413 as JSON errors."""
        return json_response(self.room.say(chat.parse(await sent(request))), 201)

    def _now_ns(self) -> int:
        return time.monotonic_ns() - self._publisher.epoch_ns

    def _opened(self, handler: Handler) -> Handler:
        async def guarded(request: web.BaseRequest) -> web.StreamResponse:
            if not self._urls:
                raise Refusal(503, "the server is starting")
            return await handler(request)

        return guarded


async def sent(request: web.BaseRequest) -> bytes:
    """The body of a request that says it is JSON, which no other site's form can. 413, 415."""
    if request.content_type != "application/json":
        raise Refusal(415, "expected Content-Type: application/json")
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > chat.MAX_BODY_BYTES:
            raise Refusal(413, f"expected at most {chat.MAX_BODY_BYTES} bytes")
    return bytes(body)


def size(request: web.BaseRequest) -> int:
    """In bytes, from the request line through the blank line (RFC 9112, section 2.1)."""
    line = f"{request.method} {request.path_qs} HTTP/1.1\r\n"
    headers = sum(len(name) + len(value) + len(b": \r\n") for name, value in request.raw_headers)
    return len(line) + headers + len("\r\n")
