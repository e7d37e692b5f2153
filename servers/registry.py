"""The registry of servers: how each transport of feed/transport.py is served.

Each shows the same History. A new one is a file in servers/transports/ and a row below.
"""

import itertools
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from feed.errors import InputError
from feed.history import History
from feed.transport import POST, parsed, with_plugins
from servers.http import echo
from servers.http.aiohttp_site import Handler, site
from servers.http.sockets import Tls, address, bind, tls_context
from servers.settings import ServerSettings
from servers.transports import socketio, tcp
from servers.transports.polling import by_httptools
from servers.transports.polling.by_aiohttp import long_poll, short_poll
from servers.transports.sse import Streams
from servers.transports.websocket import by_aiohttp, by_picows, by_websockets

Listen = Callable[[socket.socket, History, ServerSettings, Tls], AbstractAsyncContextManager[None]]


class OverHttp(NamedTuple):
    """A handler for GET /name on the aiohttp site that all transports of this kind share.

    None: no feed, but POST /echo on that site, which is there with any other of these as well.
    """

    library: str
    handler: Callable[[History, ServerSettings], Handler] | None


class OwnPort(NamedTuple):
    """A server with a socket of its own; library: "" where it needs none.

    scheme: of its URL, `s` is added for TLS. path: with which it ends; "": /name. echo: where on
    the same port it answers texts; "": nowhere.
    """

    library: str
    scheme: str
    listen: Listen
    path: str = ""
    echo: str = ""


Transport = OverHttp | OwnPort

TRANSPORTS: dict[str, Transport] = {
    "short-poll": OverHttp("aiohttp", short_poll),
    "long-poll": OverHttp("aiohttp", long_poll),
    "sse": OverHttp("aiohttp", Streams),
    "websocket": OwnPort("websockets", "ws", by_websockets.listen, echo=echo.PATH),
    "tcp": OwnPort("", "tcp", tcp.listen),
    "short-poll@httptools": OwnPort("httptools", "http", by_httptools.short_poll),
    "long-poll@httptools": OwnPort("httptools", "http", by_httptools.long_poll),
    "websocket@aiohttp": OwnPort("aiohttp", "ws", by_aiohttp.listen),
    "websocket@picows": OwnPort("picows", "ws", by_picows.listen),
    "socketio-polling": OwnPort(
        "python-socketio", "http", socketio.listen_polling, socketio.PATH, echo=socketio.PATH
    ),
    "socketio-websocket": OwnPort(
        "python-socketio", "ws", socketio.listen_websocket, socketio.PATH, echo=socketio.PATH
    ),
    "post": OverHttp("aiohttp", None),
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
    settings: ServerSettings,
    history: History,
    handlers: Mapping[str, Handler] = {},
    listen: Mapping[str, Listen] = {},
) -> AsyncIterator[dict[str, str]]:
    """Every transport chosen shows `history` within this context; gives transport -> URL.

    A URL ends with the protocol's name, as clients speak to all libraries in the same way.
    handlers: further ones of the site that the HTTP transports share. listen: of a transport,
    instead of the table's. Raises InputError for a wrong name or a library that cannot do what is
    set, CannotListen where a port is taken.
    """
    tls, secure = tls_context(settings.tls), "s" if settings.tls else ""
    transports = chosen(settings.transports)
    for name, each in transports.items():
        if settings.compression and parsed(name).traits.compression == "refused":
            raise InputError(f"compression: {each.library} cannot, so not with {name}")
    on_site = {name: each for name, each in transports.items() if isinstance(each, OverHttp)}
    own_port = {name: each for name, each in transports.items() if isinstance(each, OwnPort)}
    # settings.port and those after it; 0, any free port, again and again.
    ports = itertools.count(settings.port, step=1 if settings.port else 0)
    urls: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        if on_site:
            listener = stack.enter_context(bind(settings.host, next(ports)))
            served = {f"POST {echo.PATH}": echo.echo, **handlers}
            for name, each in on_site.items():
                path = f"/{name}" if each.handler else echo.PATH
                urls[name] = f"http{secure}://{address(listener)}{path}"
                if each.handler:
                    served[f"GET {path}"] = each.handler(history, settings)
            await stack.enter_async_context(site(listener, served, tls))
        for name, own in own_port.items():
            listener = stack.enter_context(bind(settings.host, next(ports)))
            listens = listen.get(name, own.listen)
            await stack.enter_async_context(listens(listener, history, settings, tls))
            path = own.path or f"/{parsed(name).protocol}"
            urls[name] = f"{own.scheme}{secure}://{address(listener)}{path}"
        yield urls


def echoes(urls: Mapping[str, str]) -> dict[str, str]:
    """Transport of the echo -> its URL, out of what opened() gave: always the same port."""
    found: dict[str, str] = {}
    for name, url in urls.items():
        own = registered()[name]
        at, path = (name, own.echo) if isinstance(own, OwnPort) else (POST, echo.PATH)
        if path:
            found[at] = urlunsplit(urlsplit(url)._replace(path=path))
    return found
