"""A request as the bare HTTP server hands it to whoever answers it."""

from collections.abc import Callable
from urllib.parse import unquote_plus, urlsplit

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
