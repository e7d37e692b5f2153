"""What `pushbench serve` adds to the transports for people: the page, its settings, the chat.

No trial has any of it: the servers that are measured serve their transport alone.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from feed import schedule
from feed.event import Event
from feed.history import History
from feed.spec import FeedSpec
from feed.transport import LONG_POLL, SHORT_POLL, SSE, WEBSOCKET
from servers.control.publisher import Publisher
from servers.demo import chat
from servers.demo.static_files import page
from servers.errors import Refusal
from servers.http import echo
from servers.http.aiohttp_site import Handler, json_response, read_body
from servers.registry import Listen
from servers.settings import ServerSettings
from servers.transports.polling.by_aiohttp import short_poll
from servers.transports.websocket import by_websockets, protocol

CHAT_PATH = "/chat"
MIN_RATE_PER_S = 0.1
MAX_RATE_PER_S = 50.0
# What the page shows. The WebSocket comes first of those with a port of their own.
_TRANSPORTS = (SHORT_POLL, LONG_POLL, SSE, WEBSOCKET)


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many events a second the feed has, on average."""

    rate_per_s: Annotated[float, Meta(ge=MIN_RATE_PER_S, le=MAX_RATE_PER_S)]


class FeedState(msgspec.Struct, frozen=True):
    """rate_per_s: null where a trace brings its own times. last_seq: the newest event so far."""

    rate_per_s: float | None
    min_rate_per_s: float
    max_rate_per_s: float
    last_seq: int


class Config(msgspec.Struct, frozen=True):
    """What the page asks for first.

    urls           transport, `chat` or `echo` -> where it is; `echo` and `chat` over WebSocket.
    subprotocols   of the echo, for clients that ask for one.
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
    """The page's handlers, from the server's settings on; it opens once everything listens."""

    def __init__(self, spec: FeedSpec, publisher: Publisher, history: History) -> None:
        self._spec = spec
        self._publisher = publisher
        self._history = history
        self._urls: dict[str, str] = {}
        self.room = chat.Room(self._now_ns)

    def open(self, urls: Mapping[str, str]) -> None:
        """To be called once the feed has been started, with the URLs that are served."""
        port = urls[WEBSOCKET].removesuffix(protocol.PATH)
        self._urls = {**urls, "chat": port + CHAT_PATH, "echo": port + echo.PATH}

    def handlers(self) -> dict[str, Handler]:
        """On the site of the HTTP transports."""
        return page() | {
            "GET /config": self._once_open(self.config),
            "GET /feed/clock": self._once_open(self.clock),
            "POST /feed/rate": self._once_open(self.set_rate),
            f"GET {CHAT_PATH}": short_poll(self.room.history, ServerSettings(transports=())),
            f"POST {CHAT_PATH}": self._once_open(self.post_message),
        }

    def listen(self) -> dict[str, Listen]:
        """WebSocket with the chat room on the same port."""
        room = self.room
        channel = by_websockets.Channel(CHAT_PATH, room.history, room.receive, chat.MAX_BODY_BYTES)
        return {WEBSOCKET: partial(by_websockets.listen, channels=(channel,))}

    async def config(self, request: web.BaseRequest) -> web.Response:
        """A Config."""
        is_trace = self._spec.schedule == "trace"
        rate_per_s = None if is_trace else self._spec.rate_per_s
        feed = FeedState(rate_per_s, MIN_RATE_PER_S, MAX_RATE_PER_S, self._history.last_seq)
        # From the request line through the blank line (RFC 9112, section 2.1).
        line = f"{request.method} {request.path_qs} HTTP/1.1\r\n"
        fields = sum(len(name) + len(value) + len(b": \r\n") for name, value in request.raw_headers)
        request_bytes = len(line) + fields + len("\r\n")
        return json_response(Config(self._urls, [echo.SUBPROTOCOL], feed, request_bytes))

    async def clock(self, request: web.BaseRequest) -> web.Response:
        """ns since the epoch from which each event's `due` counts, read as late as can be."""
        return json_response({"now_ns": self._now_ns()})

    async def set_rate(self, request: web.BaseRequest) -> web.Response:
        """A Rate in, and the same out; 400 and 409 as JSON errors.

        The events from now on are drawn anew; what has been published stays as it is.
        """
        try:
            rate = msgspec.json.decode(await json_body(request), type=Rate)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise Refusal(400, f"not a rate: {error}") from None
        if self._spec.schedule == "trace":
            raise Refusal(409, "a trace brings its own times: its rate cannot be changed")
        self._spec = msgspec.structs.replace(
            self._spec, rate_per_s=rate.rate_per_s, seed=(self._spec.seed + 1) % 2**63
        )
        self._publisher.stop()
        seq, now_ns = self._history.last_seq, max(self._now_ns(), 0)
        drawn = schedule.events(self._spec)
        self._publisher.resume(
            Event(each.seq + seq, each.due + now_ns, each.data) for each in drawn
        )
        return json_response(rate)

    async def post_message(self, request: web.BaseRequest) -> web.Response:
        """A chat.Post in, the chat.Message that everybody gets out, 201; 400 and 413 as errors."""
        return json_response(self.room.post(chat.parse(await json_body(request))), 201)

    def _now_ns(self) -> int:
        return time.monotonic_ns() - self._publisher.epoch_ns

    def _once_open(self, handler: Handler) -> Handler:
        async def guarded(request: web.BaseRequest) -> web.StreamResponse:
            if not self._urls:
                raise Refusal(503, "the server is starting")
            return await handler(request)

        return guarded


async def json_body(request: web.BaseRequest) -> bytes:
    """The body of a request of type JSON, which no form of another site can send. 413, 415."""
    if request.content_type != "application/json":
        raise Refusal(415, "expected Content-Type: application/json")
    return await read_body(request, chat.MAX_BODY_BYTES)
