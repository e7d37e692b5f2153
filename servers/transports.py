"""The one table of transports: a name, and how it is served.

Each shows the same History and shares nothing else with the others. A new one is a file beside
this one and a line below; `name@library` where the library is not the default.
"""

import itertools
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from feed.errors import InputError
from feed.history import History
from servers import tcp, websocket
from servers.answer import Answers
from servers.headers import profile
from servers.listening import address, bind, tls_context
from servers.long_poll import long_poll
from servers.settings import ServerSettings
from servers.short_poll import short_poll
from servers.site import Handler, site
from servers.sse import sse

Listen = Callable[
    [socket.socket, History, ServerSettings, ssl.SSLContext | None],
    AbstractAsyncContextManager[None],
]


class OverHttp(NamedTuple):
    """A handler for GET /name on the aiohttp site that all transports of this kind share."""

    library: str
    handler: Callable[[History, Answers], Handler]


class Streamed(NamedTuple):
    """A handler on that same site, whose answer to GET /name does not end."""

    library: str
    handler: Callable[[History, ServerSettings], Handler]


class OwnPort(NamedTuple):
    """A server with a socket of its own; library: "" where it needs none.

    scheme: of its URL, which ends with /name; `s` behind it for TLS.
    """

    library: str
    scheme: str
    listen: Listen


Transport = OverHttp | Streamed | OwnPort

TRANSPORTS: dict[str, Transport] = {
    "short-poll": OverHttp("aiohttp", short_poll),
    "long-poll": OverHttp("aiohttp", long_poll),
    "sse": Streamed("aiohttp", sse),
    "websocket": OwnPort("websockets", "ws", websocket.listen),
    "tcp": OwnPort("", "tcp", tcp.listen),
}


def chosen(names: Sequence[str]) -> dict[str, Transport]:
    """The transports of these names, in their order; InputError for an unknown name, or none."""
    known = ", ".join(TRANSPORTS)
    if not names:
        raise InputError(f"transport: expected at least one of {known}")
    for name in names:
        if name not in TRANSPORTS:
            raise InputError(f"transport: expected one of {known}, not {name!r}")
    return {name: TRANSPORTS[name] for name in names}


@asynccontextmanager
async def opened(settings: ServerSettings, history: History) -> AsyncIterator[dict[str, str]]:
    """Every transport chosen shows `history` within this context; gives transport -> URL.

    Raises InputError for a wrong name, CannotListen where a port is taken.
    """
    answers = Answers(profile(settings.headers), compression=settings.compression)
    tls, secure = tls_context(settings.tls), "s" if settings.tls else ""
    transports = chosen(settings.transports)
    over_http = {name: each for name, each in transports.items() if not isinstance(each, OwnPort)}
    own_port = {name: each for name, each in transports.items() if isinstance(each, OwnPort)}
    urls: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        ports = _ports(settings.port)
        if over_http:
            listener = stack.enter_context(bind(settings.host, next(ports)))
            handlers = {
                f"GET /{name}": each.handler(history, settings)
                if isinstance(each, Streamed)
                else each.handler(history, answers)
                for name, each in over_http.items()
            }
            await stack.enter_async_context(site(listener, handlers, tls))
            urls |= {name: f"http{secure}://{address(listener)}/{name}" for name in over_http}
        for name, each in own_port.items():
            listener = stack.enter_context(bind(settings.host, next(ports)))
            await stack.enter_async_context(each.listen(listener, history, settings, tls))
            urls[name] = f"{each.scheme}{secure}://{address(listener)}/{name}"
        yield urls


def _ports(first: int) -> Iterator[int]:
    """`first` and the ones after it; 0, any free port, again and again where that is first."""
    return itertools.count(first, step=1 if first else 0)
