"""The one table of transports: a name, and how it is served.

Each shows the same History and shares nothing else with the others. A new one is a file beside
this one and a line below; `name@library` where the library is not the default.
"""

import itertools
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from feed.errors import InputError
from feed.history import History
from servers import echo, socketio, websocket
from servers.answer import Answers
from servers.headers import profile
from servers.listening import address, bind, tls_context
from servers.long_poll import long_poll
from servers.settings import ServerSettings
from servers.short_poll import short_poll
from servers.site import Handler, site

Listen = Callable[
    [socket.socket, History, ServerSettings, ssl.SSLContext | None],
    AbstractAsyncContextManager[None],
]


class OverHttp(NamedTuple):
    """A handler for GET /name on the aiohttp site that all transports of this kind share."""

    library: str
    handler: Callable[[History, Answers], Handler]


class Posted(NamedTuple):
    """No feed, but POST /echo on that site, which every other transport there brings as well."""

    library: str


class OwnPort(NamedTuple):
    """A server with a socket of its own. scheme: of its URL, `s` added for TLS.

    path: with which the URL ends; "": /name. echoes: it answers at /echo on the same port too.
    """

    library: str
    scheme: str
    listen: Listen
    path: str = ""
    echoes: bool = False


Transport = OverHttp | Posted | OwnPort

TRANSPORTS: dict[str, Transport] = {
    "short-poll": OverHttp("aiohttp", short_poll),
    "long-poll": OverHttp("aiohttp", long_poll),
    "websocket": OwnPort("websockets", "ws", websocket.listen, echoes=True),
    "socketio-polling": OwnPort("python-socketio", "http", socketio.listen_polling, socketio.PATH),
    "socketio-websocket": OwnPort(
        "python-socketio", "ws", socketio.listen_websocket, socketio.PATH
    ),
    "post": Posted("aiohttp"),
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
    on_site = [name for name, each in transports.items() if not isinstance(each, OwnPort)]
    over_http = {name: each for name, each in transports.items() if isinstance(each, OverHttp)}
    own_port = {name: each for name, each in transports.items() if isinstance(each, OwnPort)}
    urls: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        ports = _ports(settings.port)
        if on_site:
            listener = stack.enter_context(bind(settings.host, next(ports)))
            handlers = {
                f"GET /{name}": each.handler(history, answers) for name, each in over_http.items()
            }
            handlers[f"POST {echo.PATH}"] = echo.echo
            await stack.enter_async_context(site(listener, handlers, tls))
            site_url = f"http{secure}://{address(listener)}"
            urls |= {
                name: site_url + (f"/{name}" if name in over_http else echo.PATH)
                for name in on_site
            }
        for name, each in own_port.items():
            listener = stack.enter_context(bind(settings.host, next(ports)))
            await stack.enter_async_context(each.listen(listener, history, settings, tls))
            urls[name] = f"{each.scheme}{secure}://{address(listener)}{each.path or f'/{name}'}"
        yield urls


def echoes(urls: Mapping[str, str]) -> dict[str, str]:
    """Transport of the echo -> its URL, out of what opened() gave: the same port, at /echo."""
    found: dict[str, str] = {}
    for name, url in urls.items():
        transport = TRANSPORTS[name]
        over = name if isinstance(transport, OwnPort) else "post"
        if not isinstance(transport, OwnPort) or transport.echoes:
            found[over] = urlunsplit(urlsplit(url)._replace(path=echo.PATH))
    return found


def _ports(first: int) -> Iterator[int]:
    """`first` and the ones after it; 0, any free port, again and again where that is first."""
    return itertools.count(first, step=1 if first else 0)
