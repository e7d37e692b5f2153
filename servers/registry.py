"""The registry of servers: how each transport of feed/transport.py is served.

Each shows the same History. A new one is a file in servers/transports/ and a row below.
"""

import itertools
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from feed.errors import InputError
from feed.history import History
from feed.transport import with_plugins
from servers.http import echo
from servers.http.aiohttp_site import Handler, site
from servers.http.sockets import address, bind, tls_context
from servers.settings import ServerSettings
from servers.transports import socketio, tcp
from servers.transports.polling import by_httptools
from servers.transports.polling.long_poll import long_poll
from servers.transports.polling.short_poll import short_poll
from servers.transports.sse import sse
from servers.transports.websocket import by_aiohttp, by_picows, by_websockets

Listen = Callable[
    [socket.socket, History, ServerSettings, ssl.SSLContext | None],
    AbstractAsyncContextManager[None],
]


class OverHttp(NamedTuple):
    """A handler for GET /name on the aiohttp site that all transports of this kind share."""

    library: str
    handler: Callable[[History, ServerSettings], Handler]


class Posted(NamedTuple):
    """No feed, but POST /echo on that site, which every other transport there brings as well."""

    library: str


class OwnPort(NamedTuple):
    """A server with a socket of its own; library: "" where it needs none.

    scheme: of its URL, `s` is added for TLS. path: with which it ends; "": /name. compresses:
    whether the library can. echo: where on the same port it answers texts; "": nowhere.
    """

    library: str
    scheme: str
    listen: Listen
    path: str = ""
    compresses: bool = True
    echo: str = ""


Transport = OverHttp | Posted | OwnPort


class Beside(NamedTuple):
    """What is served besides, on the same ports.

    handlers  of the site that the HTTP transports share.
    listen    of a transport, by its name: in place of the table's.
    """

    handlers: Mapping[str, Handler] = {}
    listen: Mapping[str, Listen] = {}


NOTHING = Beside()

TRANSPORTS: dict[str, Transport] = {
    "short-poll": OverHttp("aiohttp", short_poll),
    "long-poll": OverHttp("aiohttp", long_poll),
    "sse": OverHttp("aiohttp", sse),
    "websocket": OwnPort("websockets", "ws", by_websockets.listen, echo=echo.PATH),
    "tcp": OwnPort("", "tcp", tcp.listen),
    "short-poll@httptools": OwnPort("httptools", "http", by_httptools.short_poll),
    "long-poll@httptools": OwnPort("httptools", "http", by_httptools.long_poll),
    "websocket@aiohttp": OwnPort("aiohttp", "ws", by_aiohttp.listen),
    "websocket@picows": OwnPort("picows", "ws", by_picows.listen, compresses=False),
    "socketio-polling": OwnPort(
        "python-socketio", "http", socketio.listen_polling, socketio.PATH, echo=socketio.PATH
    ),
    "socketio-websocket": OwnPort(
        "python-socketio", "ws", socketio.listen_websocket, socketio.PATH, echo=socketio.PATH
    ),
    "post": Posted("aiohttp"),
}


@cache
def registered() -> Mapping[str, Transport]:
    """The table, and the servers that installed packages add to it (`pushbench.servers`)."""
    return with_plugins(TRANSPORTS, "pushbench.servers")


def chosen(names: Sequence[str]) -> dict[str, Transport]:
    """The transports of these names, in their order; InputError for an unknown name, or none."""
    table = registered()
    known = ", ".join(table)
    if not names:
        raise InputError(f"transport: expected at least one of {known}")
    for name in names:
        if name not in table:
            raise InputError(f"transport: expected one of {known}, not {name!r}")
    return {name: table[name] for name in names}


@asynccontextmanager
async def opened(
    settings: ServerSettings, history: History, beside: Beside = NOTHING
) -> AsyncIterator[dict[str, str]]:
    """Every transport chosen shows `history` within this context; gives transport -> URL.

    A URL ends with the name's first word: clients speak to all libraries alike. Raises InputError
    for a wrong name or a library that cannot do what is set, CannotListen where a port is taken.
    """
    tls, secure = tls_context(settings.tls), "s" if settings.tls else ""
    transports = chosen(settings.transports)
    _check_compression(settings, transports)
    on_site = [name for name, each in transports.items() if not isinstance(each, OwnPort)]
    over_http = {name: each for name, each in transports.items() if isinstance(each, OverHttp)}
    own_port = {name: each for name, each in transports.items() if isinstance(each, OwnPort)}
    urls: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        ports = _ports(settings.port)
        if on_site:
            listener = stack.enter_context(bind(settings.host, next(ports)))
            handlers = {
                f"GET /{name}": each.handler(history, settings) for name, each in over_http.items()
            }
            handlers[f"POST {echo.PATH}"] = echo.echo
            await stack.enter_async_context(site(listener, {**handlers, **beside.handlers}, tls))
            site_url = f"http{secure}://{address(listener)}"
            urls |= {
                name: site_url + (f"/{name}" if name in over_http else echo.PATH)
                for name in on_site
            }
        for name, each in own_port.items():
            listener = stack.enter_context(bind(settings.host, next(ports)))
            listen = beside.listen.get(name, each.listen)
            await stack.enter_async_context(listen(listener, history, settings, tls))
            urls[name] = (
                f"{each.scheme}{secure}://{address(listener)}{each.path or f'/{_word(name)}'}"
            )
        yield urls


def echoes(urls: Mapping[str, str]) -> dict[str, str]:
    """Transport of the echo -> its URL, out of what opened() gave: always the same port."""
    found: dict[str, str] = {}
    for name, url in urls.items():
        transport = registered()[name]
        own = isinstance(transport, OwnPort)
        if path := transport.echo if isinstance(transport, OwnPort) else echo.PATH:
            found[name if own else "post"] = urlunsplit(urlsplit(url)._replace(path=path))
    return found


def _check_compression(settings: ServerSettings, transports: Mapping[str, Transport]) -> None:
    for name, each in transports.items():
        if settings.compression and isinstance(each, OwnPort) and not each.compresses:
            raise InputError(f"compression: {each.library} cannot, so not with {name}")


def _word(name: str) -> str:
    """The transport, without the library."""
    return name.partition("@")[0]


def _ports(first: int) -> Iterator[int]:
    """`first` and the ones after it; 0, any free port, again and again where that is first."""
    return itertools.count(first, step=1 if first else 0)
