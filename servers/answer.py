"""The answer to a poll: its events as one JSON array, compressed where both sides are for it."""

import gzip

from aiohttp import hdrs, web

from feed.event import encode_batch
from servers.headers import Profile

# zlib's own default, and so that of most servers.
LEVEL = 6
_COMPRESSED = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}


class Answers:
    """How this server answers polls."""

    def __init__(self, profile: Profile, *, compression: bool = False) -> None:
        self._profile = profile
        self._compression = compression

    def to(self, request: web.BaseRequest, messages: list[bytes]) -> web.Response:
        """The answer to a poll that found `messages`, encoded events."""
        closes = not request.keep_alive
        if not messages:
            return web.Response(status=204, headers=self._profile(204, 0, closes))
        body = encode_batch(messages)
        if not (self._compression and accepts_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, ""))):
            return web.Response(body=body, headers=self._profile(200, len(body), closes))
        body = gzip.compress(body, LEVEL, mtime=0)
        headers = {**self._profile(200, len(body), closes), **_COMPRESSED}
        return web.Response(body=body, headers=headers)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a request with this header takes gzip (RFC 9110, section 12.5.3)."""
    for item in accept_encoding.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        if name in ("gzip", "x-gzip"):
            return not any(_is_zero(parameter) for parameter in parameters)
    return False


def _is_zero(parameter: str) -> bool:
    """Whether it is a weight that means: not acceptable."""
    name, _, value = parameter.partition("=")
    return name.strip() == "q" and value.strip().rstrip("0") in ("", ".", "0.")
