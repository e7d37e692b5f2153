"""An aiohttp server on one socket: requests in, to the handler of their method and path."""

import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web

from feed.history import Gap
from servers.headers import plain
from servers.listening import BACKLOG
from servers.refusal import Refusal

Handler = Callable[[web.BaseRequest], Awaitable[web.Response]]

# Longer than any pause between two polls: a cut connection would be charged to polling.
KEEP_ALIVE_S = 3600.0
# What a held poll has left when the server ends; it is cut off after that.
SHUTDOWN_S = 0.05


@asynccontextmanager
async def site(
    listener: socket.socket,
    handlers: Mapping[str, Handler],
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[None]:
    """Serve `handlers` ("GET /short-poll" -> handler) on `listener` until the context ends.

    A handler is cancelled when its client disconnects, so that a held poll leaves nothing
    behind. No Application and no router: they would be measured with each poll.
    """
    server = web.Server(
        _dispatcher(handlers),
        access_log=None,
        keepalive_timeout=KEEP_ALIVE_S,
        handler_cancellation=True,
    )
    runner = web.ServerRunner(server, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        await web.SockSite(runner, listener, backlog=BACKLOG, ssl_context=tls).start()
        yield
    finally:
        await runner.cleanup()


def json_answer(body: object, status: int = 200) -> web.Response:
    """`body`, anything that msgspec encodes, as JSON."""
    encoded = msgspec.json.encode(body)
    return web.Response(status=status, body=encoded, headers=plain(status, len(encoded), False))


def _dispatcher(handlers: Mapping[str, Handler]) -> Handler:
    async def dispatch(request: web.BaseRequest) -> web.Response:
        handler = handlers.get(f"{request.method} {request.path}")
        if handler is None:
            return _not_served(request, sorted(handlers))
        try:
            return await handler(request)
        except Gap as gap:
            return json_answer(
                {
                    "error": "gap",
                    "after": gap.after,
                    "first_seq": gap.first_seq,
                    "last_seq": gap.last_seq,
                },
                410,
            )
        except Refusal as refusal:
            return json_answer({"error": refusal.error, **refusal.facts}, refusal.status)

    return dispatch


def _not_served(request: web.BaseRequest, served: list[str]) -> web.Response:
    """405 where the path is served to another method (RFC 9110, section 15.5.6), else 404."""
    routes = [route.split(" ", 1) for route in served]
    allowed = [method for method, path in routes if path == request.path]
    if not allowed:
        return json_answer({"error": "not found", "served": served}, 404)
    answer = json_answer({"error": "method not allowed", "served": served}, 405)
    answer.headers["Allow"] = ", ".join(allowed)
    return answer
