"""Header profiles: the exact bytes of polls, POSTs, stream requests and WebSocket handshakes.

Each profile is a file of captured requests, loadgen/clients/captured/PROFILE.http. There a request
begins with `### KIND`; `[keep-alive]`, `[close]` and `[compression]` mark a line that is sent only
then, and {path}, {host}, {origin} and {length} stand for what differs from request to request.
"""

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from loadgen.runfile.scenario import HeaderProfile

QUANTUM_2010_BYTES = 716

_CONDITION = re.compile(r"\[([\w-]+)\] ")


def poll_request(
    profile: HeaderProfile,
    host: str,
    path: str,
    *,
    timeout_s: float | None = None,
    keep_alive: bool = True,
    scheme: str = "http",
    compression: bool = False,
) -> Callable[[int], bytes]:
    """A function of the cursor `after` that makes the bytes of one poll, up to its empty line.

    host: with its port, as in a URL. timeout_s: how long the server may wait for an event; None for
    a short poll. compression: accept gzip, under a profile that does not do so anyway.
    Under quantum-2010 a request is 716 bytes, whatever cursor, path and host: its cookies make up
    the difference. ValueError, once it is called, where path and host leave no room for that.
    """
    wait = "" if timeout_s is None else f"&timeout_s={timeout_s:g}"
    target = f"{path}?after=\0{wait}"
    head = _head(profile, "poll", scheme, host, target, keep_alive, compression)
    start, end = head.split(b"\0")
    if profile == "quantum-2010":
        return lambda after: _fit_cookies(b"%b%d%b" % (start, after, end))
    return lambda after: b"%b%d%b" % (start, after, end)


def stream_request(
    profile: HeaderProfile, host: str, path: str, after: int, *, scheme: str = "http"
) -> bytes:
    """The bytes with which an EventSource asks for its stream (WHATWG HTML, section 9.2.3).

    As with a handshake, the profile of 2010 is that browser's headers and all of its cookies.
    """
    return _head(profile, "stream", scheme, host, f"{path}?after={after}")


def request(
    profile: HeaderProfile,
    host: str,
    target: str,
    body: bytes | None = None,
    *,
    keep_alive: bool = True,
    scheme: str = "http",
    compression: bool = False,
) -> bytes:
    """A GET of `target`, path and query, under the headers of a poll; with a body a POST of it, as
    text. All else is as in poll_request: under quantum-2010 it is 716 bytes and the body.
    """
    kind = "poll" if body is None else "socketio-post"
    length = len(body or b"")
    head = _head(profile, kind, scheme, host, target, keep_alive, compression, length)
    return (_fit_cookies(head) if profile == "quantum-2010" else head) + (body or b"")


def post_request(
    profile: HeaderProfile, host: str, path: str, *, scheme: str = "http"
) -> Callable[[bytes], bytes]:
    """A function of a text in UTF-8 that makes the bytes of a POST with it as the body.

    host: with its port, as in a URL. profile: not quantum-2010, which is a poll.
    """
    start, end = _head(profile, "echo-post", scheme, host, path, length="\0").split(b"\0")
    return lambda text: b"%b%d%b%b" % (start, len(text), end, text)


def handshake_headers(
    profile: HeaderProfile, host: str, origin: str, *, compression: bool = False
) -> list[tuple[str, str]]:
    """A handshake's headers beside those that RFC 6455, section 4.1 demands of each.

    origin: of the page that opens the WebSocket, such as "http://127.0.0.1:8080". compression:
    offer permessage-deflate, under a profile that does not do so anyway.
    """
    scheme = origin.partition(":")[0]
    head = _head(profile, "handshake", scheme, host, "/", compression=compression)
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
    scheme: str,
    host: str,
    path: str,
    keep_alive: bool = True,
    compression: bool = False,
    length: int | str = 0,
) -> bytes:
    """The captured head of a request, with its empty line. path: with its query."""
    holds = {"keep-alive": keep_alive, "close": not keep_alive, "compression": compression}
    values = {"path": path, "host": host, "origin": f"{scheme}://{host}", "length": length}
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
