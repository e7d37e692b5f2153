"""HTTP responses, whichever library sends them: to a poll, its events as one JSON array.

Compressed where both sides are for it; and the JSON errors of requests that cannot be served.
"""

import gzip
import re
from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from aiohttp import hdrs, web

from feed.event import encode_batch
from feed.history import Gap
from servers.errors import Refusal
from servers.http.header_profiles import Headers, plain, profile
from servers.settings import ServerSettings

# zlib's own default, and so that of most servers.
LEVEL = 6
_NOT_ACCEPTABLE = re.compile(r"q\s*(=\s*(0*|0?\.0*))?")  # a weight of zero
_COMPRESSED = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}


class HttpResponse(NamedTuple):
    """headers: without Content-Length, Date, Server and Connection, which the library adds."""

    status: int
    headers: Headers
    body: bytes

    def by_aiohttp(self) -> web.Response:
        """As aiohttp sends it."""
        return web.Response(status=self.status, body=self.body or None, headers=self.headers)


class PollResponses:
    """How this server responds to polls: the header profile, and whether it compresses."""

    def __init__(self, settings: ServerSettings) -> None:
        self._headers = profile(settings.headers)
        self._compression = settings.compression

    def of(self, messages: list[bytes], accept_encoding: str, closes: bool) -> HttpResponse:
        """The response to a poll that found `messages`, encoded events.

        accept_encoding: that header of the request, "" without. closes: the connection, after it.
        """
        if not messages:
            return HttpResponse(204, self._headers(204, 0, closes), b"")
        body = encode_batch(messages)
        if not (self._compression and accepts_gzip(accept_encoding)):
            return HttpResponse(200, self._headers(200, len(body), closes), body)
        body = gzip.compress(body, LEVEL, mtime=0)
        headers = {**self._headers(200, len(body), closes), **_COMPRESSED}
        return HttpResponse(200, headers, body)

    def by_aiohttp(self, request: web.BaseRequest, messages: list[bytes]) -> web.Response:
        """The same, to a request on aiohttp."""
        accept_encoding = request.headers.get(hdrs.ACCEPT_ENCODING, "")
        return self.of(messages, accept_encoding, not request.keep_alive).by_aiohttp()


def as_json(body: object, status: int = 200) -> HttpResponse:
    """`body`, anything that msgspec encodes, as JSON."""
    encoded = msgspec.json.encode(body)
    return HttpResponse(status, plain(status, len(encoded), False), encoded)


def not_served(path: str, served: Iterable[str]) -> HttpResponse:
    """405 where the path is served to another method (RFC 9110, section 15.5.6), else 404.

    served: what there is, as in "GET /short-poll".
    """
    routes = sorted(served)
    allowed = [method for method, _, known in (r.partition(" ") for r in routes) if known == path]
    if not allowed:
        return as_json({"error": "not found", "served": routes}, 404)
    response = as_json({"error": "method not allowed", "served": routes}, 405)
    return response._replace(headers={**response.headers, "Allow": ", ".join(allowed)})


def refused(error: Gap | Refusal) -> HttpResponse:
    """The response to a request that a handler refused."""
    if isinstance(error, Gap):
        facts = {"after": error.after, "first_seq": error.first_seq, "last_seq": error.last_seq}
        return as_json({"error": "gap", **facts}, 410)
    return as_json({"error": error.error, **error.facts}, error.status)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a request with this header takes gzip (RFC 9110, section 12.5.3)."""
    for item in accept_encoding.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        if name in ("gzip", "x-gzip"):
            return not any(map(_NOT_ACCEPTABLE.fullmatch, parameters))
    return False
