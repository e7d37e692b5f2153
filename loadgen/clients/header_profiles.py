"""Header profiles: the exact bytes of polls, POSTs, stream requests and WebSocket handshakes.

Each profile is a file of captured requests, loadgen/clients/captured/PROFILE.http. There a request
begins with `### KIND`; `[keep-alive]`, `[close]` and `[compression]` mark a line that is sent only
then, and {path}, {host}, {origin} and {length} stand for what differs from request to request.
"""

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from loadgen.runfile.scenario import HeaderProfile

QUANTUM_2010_BYTES = 716
ORIGINS = {"ws": "http", "wss": "https"}  # scheme of a WebSocket -> of its page

_CONDITION = re.compile(r"\[([\w-]+)\] ")


def poll_request(
    profile: HeaderProfile,
    url: str,
    *,
    timeout_s: float | None = None,
    keep_alive: bool = True,
    compression: bool = False,
) -> Callable[[int], bytes]:
    """A function of the cursor `after` that makes the bytes of one poll, up to its empty line.

    timeout_s: how long the server may wait for an event; None for a short poll. compression: accept
    gzip, under a profile that does not do so anyway.
    Under quantum-2010 a request is 716 bytes, whatever cursor, path and host: its cookies make up
    the difference. ValueError, once it is called, where path and host leave no room for that.
    """
    wait = "" if timeout_s is None else f"&timeout_s={timeout_s:g}"
    head = _head(profile, "poll", url, f"?after=\0{wait}", keep_alive, compression)
    start, end = head.split(b"\0")
    if profile == "quantum-2010":
        return lambda after: _fit_cookies(b"%b%d%b" % (start, after, end))
    return lambda after: b"%b%d%b" % (start, after, end)


def stream_request(profile: HeaderProfile, url: str, after: int) -> bytes:
    """The bytes with which an EventSource asks for its stream (WHATWG HTML, section 9.2.3).

    As with a handshake, the profile of 2010 is that browser's headers and all of its cookies.
    """
    return _head(profile, "stream", url, f"?after={after}")


def request(
    profile: HeaderProfile,
    url: str,
    query: str,
    body: bytes | None = None,
    *,
    keep_alive: bool = True,
    compression: bool = False,
) -> bytes:
    """A GET of `url` with `query` under the headers of a poll; with a body a POST of it, as text.

    All else is as in poll_request: under quantum-2010 it is 716 bytes and the body.
    """
    kind = "poll" if body is None else "socketio-post"
    head = _head(profile, kind, url, query, keep_alive, compression, len(body or b""))
    return (_fit_cookies(head) if profile == "quantum-2010" else head) + (body or b"")


def post_request(profile: HeaderProfile, url: str) -> Callable[[bytes], bytes]:
    """A function of a text in UTF-8 that makes the bytes of a POST with it as the body.

    profile: not quantum-2010, which is a poll.
    """
    start, end = _head(profile, "echo-post", url, length="\0").split(b"\0")
    return lambda text: b"%b%d%b%b" % (start, len(text), end, text)


def handshake_headers(
    profile: HeaderProfile, url: str, *, compression: bool = False
) -> list[tuple[str, str]]:
    """A handshake's headers beside those that RFC 6455, section 4.1 demands of each.

    compression: offer permessage-deflate, under a profile that does not do so anyway.
    """
    head = _head(profile, "handshake", url, compression=compression)
    _, _, *lines = head.decode().split("\r\n")  # the library writes the request line and Host
    return [(name, value) for name, colon, value in (ln.partition(": ") for ln in lines) if colon]


@cache
def _captured(profile: HeaderProfile) -> dict[str, list[str]]:
    """The lines of each kind of request."""
    file = files("loadgen.clients") / "captured" / f"{profile}.http"
    _, *requests = file.read_text(encoding="utf-8").split("### ")
    return {kind: lines for kind, *lines in (text.rstrip().split("\n") for text in requests)}


def _head(
    profile: HeaderProfile,
    kind: str,
    url: str,
    query: str = "",
    keep_alive: bool = True,
    compression: bool = False,
    length: int | str = 0,
) -> bytes:
    """The captured head of a request to this URL, with its empty line."""
    scheme, host, path, *_ = urlsplit(url)
    origin = f"{ORIGINS.get(scheme, scheme)}://{host}"  # of the page that asks
    values = {"path": path + query, "host": host, "origin": origin, "length": length}
    holds = {"keep-alive": keep_alive, "close": not keep_alive, "compression": compression}
    lines = []
    for line in _captured(profile)[kind]:
        condition = _CONDITION.match(line)
        if condition is None or holds[condition[1]]:
            lines.append(_CONDITION.sub("", line, count=1).format_map(values))
    return "\r\n".join([*lines, "", ""]).encode()


def _fit_cookies(head: bytes) -> bytes:
    """The request with its last header, Cookie, cut or repeated to make it QUANTUM_2010_BYTES long.

    The cut is filled with `x` where it would end in a separator.
    """
    start, name, cookies = head.removesuffix(b"\r\n\r\n").partition(b"Cookie: ")
    room = QUANTUM_2010_BYTES - len(start + name) - len(b"\r\n\r\n")
    if room < 1:
        raise ValueError(f"a request of {len(start)} bytes before its cookies cannot be made 716")
    repeated = (cookies + b"; ") * (room // len(cookies) + 1)
    return start + name + repeated[:room].rstrip(b"; ").ljust(room, b"x") + b"\r\n\r\n"
