"""A request as the bare HTTP server hands it to whoever answers it."""

import time
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from importlib.metadata import version
from urllib.parse import unquote_plus, urlsplit

from aiohttp.http import SERVER_SOFTWARE

from servers.http.answer import Answer


class Request:
    """One request, to be answered once, at once or later.

    path, query      of its target. accept_encoding: that header, "" without.
    closes           the connection ends with the answer.
    on_lost          called with it where the client left before that.
    """

    __slots__ = ("method", "path", "query", "accept_encoding", "closes", "on_lost", "_send")

    def __init__(
        self,
        send: "Callable[[Request, Answer], None]",
        method: str,
        target: str,
        accept_encoding: str,
        closes: bool,
    ) -> None:
        self._send = send
        self.method = method
        if not target.startswith("/"):  # an absolute form (RFC 9112, section 3.2.2), or worse
            place = urlsplit(target)
            target = f"{place.path}?{place.query}"
        self.path, _, self.query = target.partition("?")
        self.accept_encoding = accept_encoding
        self.closes = closes
        self.on_lost: Callable[[Request], None] | None = None

    def parameter(self, name: str) -> str | None:
        """The first of that name in the query; None where there is none."""
        for pair in self.query.split("&"):
            key, equals, value = pair.partition("=")
            if key == name:
                return unquote_plus(value) if "%" in value or "+" in value else value
        return None

    def answer(self, answer: Answer) -> None:
        """Send it; nothing where the client has gone, or has had an answer."""
        self._send(self, answer)


Handler = Callable[[Request], None]


SERVER = f"httptools/{version('httptools')}".ljust(len(SERVER_SOFTWARE), ".")[
    : len(SERVER_SOFTWARE)
]
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Heads:
    """The heads of answers; the date in them is written once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._date = ""

    def of(self, answer: Answer, closes: bool) -> bytes:
        """From the status line through the blank line."""
        second = int(time.time())
        if second != self._second:
            self._second, self._date = second, f"Date: {formatdate(second, usegmt=True)}\r\n"
        status, headers, body = answer
        lines = [f"HTTP/1.1 {status} {_PHRASES[status]}\r\n"]
        lines += [f"{name}: {value}\r\n" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}\r\n")
        lines.append(self._date)
        if "Server" not in headers:
            lines.append(f"Server: {SERVER}\r\n")
        lines.append("Connection: close\r\n\r\n" if closes else "\r\n")
        return "".join(lines).encode("latin-1")
