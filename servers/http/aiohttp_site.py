"""An aiohttp server on one socket, which calls the handler of a request's method and path."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from feed.history import Gap
from servers.errors import Refusal
from servers.http.response import as_json, not_served, refused
from servers.http.sockets import BACKLOG, Tls

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

# Longer than any pause between two polls: a cut connection would be charged to polling.
KEEP_ALIVE_S = 3600.0
# The time that a waiting poll has left when the server ends; it is cut off after that.
SHUTDOWN_S = 0.05


@asynccontextmanager
async def site(
    listener: socket.socket, handlers: Mapping[str, Handler], tls: Tls = None
) -> AsyncIterator[None]:
    """Serve `handlers` ("GET /short-poll" -> handler) on `listener` until the context ends.

    A handler is cancelled when its client disconnects, so that a waiting poll leaves nothing
    behind. No Application and no router: they would be measured with each poll.
    """

    async def dispatch(request: web.BaseRequest) -> web.StreamResponse:
        handler = handlers.get(f"{request.method} {request.path}")
        if handler is None:
            return not_served(request.path, handlers).by_aiohttp()
        try:
            return await handler(request)
        except (Gap, Refusal) as error:
            return refused(error).by_aiohttp()

    server = web.Server(
        dispatch,
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


def json_response(body: object, status: int = 200) -> web.Response:
    """`body`, anything that msgspec encodes, as JSON."""
    return as_json(body, status).by_aiohttp()


async def read_body(request: web.BaseRequest, max_bytes: int) -> bytes:
    """The body, a text; no more of it is read than is allowed. Raises Refusal (413)."""
    body = bytearray()
    if (request.content_length or 0) <= max_bytes:
        async for part in request.content.iter_any():
            body += part
            if len(body) > max_bytes:
                break
        else:
            return bytes(body)
    raise Refusal(413, f"a text may have {max_bytes} bytes", limit=max_bytes)
