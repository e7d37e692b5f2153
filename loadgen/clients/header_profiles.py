"""Header profiles: the exact bytes of polls, POSTs and stream requests; of handshakes.

minimal       what HTTP asks for, and nothing else.
chrome        as a bare socket captured them from Chromium 156 on Linux, of same-origin fetches,
              an EventSource and a WebSocket; under the User-Agent of a Chrome that has a window.
quantum-2010  the request of 716 bytes from P. Lubbers and F. Greco, "HTML5 Web Sockets: A Quantum
              Leap in Scalability for the Web", 2010, example 2.
"""

from collections.abc import Callable
from itertools import cycle, islice

from loadgen.runfile.scenario import HeaderProfile

Headers = list[tuple[str, str]]

QUANTUM_2010_BYTES = 716

_CHROME_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36"
)
_CHROME_NAMES = [("sec-ch-ua-platform", '"Linux"'), ("User-Agent", _CHROME_AGENT)]
_CHROME_HINTS = [
    ("sec-ch-ua", '"Not:A-Brand";v="8", "Chromium";v="156"'),
    ("sec-ch-ua-mobile", "?0"),
]
_CHROME_ACCEPTS = [
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Accept-Language", "en-US,en;q=0.9"),
]
_UNCACHED = [("Pragma", "no-cache"), ("Cache-Control", "no-cache")]
_EVENT_STREAM = "text/event-stream"
_TEXT = "text/plain;charset=UTF-8"
_DEFLATE = ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
_FIREFOX_2009: Headers = [
    (
        "User-Agent",
        "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.9.1.5) Gecko/20091102 Firefox/3.5.5",
    ),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "en-us"),
    ("Accept-Encoding", "gzip,deflate"),
    ("Accept-Charset", "ISO-8859-1,utf-8;q=0.7,*;q=0.7"),
]
_REFERER_2010 = ("Referer", "http://www.example.com/PollingStock/")
_COOKIES_2010 = [
    f"show{name}=false"
    for name in (
        "InheritedConstant",
        "InheritedProtectedConstant",
        "InheritedProperty",
        "InheritedProtectedProperty",
        "InheritedMethod",
        "InheritedProtectedMethod",
        "InheritedEvent",
        "InheritedStyle",
        "InheritedEffect",
    )
]
_COOKIE_2010 = ("Cookie", "; ".join(_COOKIES_2010))


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

    host: with its port, as in a URL. timeout_s: how long the server may hold it; None: not at all.
    compression: say that gzip is welcome, under a profile that does not say so anyway.
    Under quantum-2010 a request is 716 bytes, whatever cursor, path and host: its cookies make up
    the difference. ValueError, once it is called, where path and host leave no room for that.
    """
    hold = "" if timeout_s is None else f"&timeout_s={timeout_s:g}"
    start = f"GET {path}?after=".encode()
    headers = _poll_headers(profile, f"{scheme}://{host}", keep_alive, compression)
    rest = f"{hold} HTTP/1.1\r\n".encode() + _lines([("Host", host), *headers])
    if profile == "quantum-2010":
        return lambda after: _with_cookies(start + b"%d" % after + rest)
    end = rest + b"\r\n"
    return lambda after: start + b"%d" % after + end


def stream_request(
    profile: HeaderProfile, host: str, path: str, after: int, *, scheme: str = "http"
) -> bytes:
    """The bytes with which an EventSource asks for its stream (WHATWG HTML, section 9.2.3).

    As with a handshake, the profile of 2010 is that browser's headers and all of its cookies.
    """
    headers = _STREAM[profile](f"{scheme}://{host}")
    start = f"GET {path}?after={after} HTTP/1.1\r\n".encode()
    return start + _lines([("Host", host), *headers]) + b"\r\n"


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
    origin = f"{scheme}://{host}"
    headers = _poll_headers(profile, origin, keep_alive, compression)
    if body is not None:
        headers += [
            ("Content-Type", "text/plain;charset=UTF-8"),
            ("Content-Length", str(len(body))),
        ]
        headers += [("Origin", origin)] if profile == "chrome" else []
    first = f"{'GET' if body is None else 'POST'} {target} HTTP/1.1\r\n"
    head = first.encode() + _lines([("Host", host), *headers])
    head = _with_cookies(head) if profile == "quantum-2010" else head + b"\r\n"
    return head + (body or b"")


def post_request(
    profile: HeaderProfile, host: str, path: str, *, scheme: str = "http"
) -> Callable[[bytes], bytes]:
    """A function of a text in UTF-8 that makes the bytes of a POST with it as the body.

    host: with its port, as in a URL. profile: not quantum-2010, which is a poll.
    """
    before, after = _POST[profile](f"{scheme}://{host}")
    start = f"POST {path} HTTP/1.1\r\n".encode() + _lines([("Host", host), *before])
    end = _lines(after) + b"\r\n"
    return lambda text: b"%bContent-Length: %d\r\n%b%b" % (start, len(text), end, text)


def handshake_headers(
    profile: HeaderProfile, host: str, origin: str, *, compression: bool = False
) -> Headers:
    """What a handshake carries beside the headers that RFC 6455, section 4.1 demands of each.

    origin: of the page that opens the WebSocket, such as "http://127.0.0.1:8080". compression:
    offer permessage-deflate, under a profile that does not do so anyway.
    """
    headers = _HANDSHAKE[profile](host, origin)
    if compression and "Sec-WebSocket-Extensions" not in dict(headers):
        headers.append(_DEFLATE)
    return headers


def _poll_headers(
    profile: HeaderProfile, origin: str, keep_alive: bool, compression: bool
) -> Headers:
    """Without Host."""
    headers = _POLL[profile](origin, keep_alive)
    if compression and "Accept-Encoding" not in dict(headers):
        headers.append(("Accept-Encoding", "gzip"))
    return headers


def _lines(headers: Headers) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode()


def _connection(keep_alive: bool) -> str:
    return "keep-alive" if keep_alive else "close"


def _minimal_poll(origin: str, keep_alive: bool) -> Headers:
    """HTTP/1.1 keeps a connection unless told otherwise (RFC 9112, section 9.3)."""
    return [] if keep_alive else [("Connection", "close")]


def _chrome_poll(origin: str, keep_alive: bool) -> Headers:
    connection = ("Connection", _connection(keep_alive))
    return [connection, *_CHROME_NAMES, *_CHROME_HINTS, ("Accept", "*/*"), *_chrome_fetch(origin)]


def _chrome_stream(origin: str) -> Headers:
    connection, accept = ("Connection", "keep-alive"), ("Accept", _EVENT_STREAM)
    headers = [connection, *_UNCACHED, *_CHROME_NAMES, accept, *_CHROME_HINTS]
    return [*headers, *_chrome_fetch(origin)]


def _chrome_fetch(origin: str) -> Headers:
    return [
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Dest", "empty"),
        ("Referer", f"{origin}/"),
        *_CHROME_ACCEPTS,
    ]


def _minimal_post(origin: str) -> tuple[Headers, Headers]:
    return [], [("Content-Type", _TEXT)]


def _chrome_post(origin: str) -> tuple[Headers, Headers]:
    """Those of a poll, and a few between them."""
    connection, *others = _chrome_poll(origin, keep_alive=True)
    others.insert(3, ("Content-Type", _TEXT))
    others.insert(6, ("Origin", origin))
    return [connection], others


def _quantum_poll(origin: str, keep_alive: bool) -> Headers:
    keep = [("Keep-Alive", "300")] if keep_alive else []
    connection = ("Connection", _connection(keep_alive))
    return [*_FIREFOX_2009, *keep, connection, _REFERER_2010]


def _with_cookies(head: bytes) -> bytes:
    """The request, ended by as long a Cookie header as makes it QUANTUM_2010_BYTES long."""
    room = QUANTUM_2010_BYTES - len(head) - len(b"Cookie: \r\n\r\n")
    if room < 1:
        raise ValueError(f"a request of {len(head)} bytes before its cookies cannot be made 716")
    return b"%bCookie: %b\r\n\r\n" % (head, _cookies(room))


def _cookies(length: int) -> bytes:
    """The cookies of 2010, from the first on again where they are too short, cut to `length`."""
    enough = length // len(_COOKIES_2010[0]) + len(_COOKIES_2010)
    text = "; ".join(islice(cycle(_COOKIES_2010), enough))[:length]
    return text.rstrip("; ").ljust(length, "x").encode()


def _chrome_handshake(host: str, origin: str) -> Headers:
    return [
        *_UNCACHED,
        ("User-Agent", _CHROME_AGENT),
        ("Origin", origin),
        *_CHROME_ACCEPTS,
        _DEFLATE,
    ]


def _quantum_stream(origin: str) -> Headers:
    browsers = [
        (name, _EVENT_STREAM if name == "Accept" else value) for name, value in _FIREFOX_2009
    ]
    return [
        *browsers,
        ("Keep-Alive", "300"),
        ("Connection", "keep-alive"),
        _REFERER_2010,
        _COOKIE_2010,
    ]


def _quantum_handshake(host: str, origin: str) -> Headers:
    """The same browser's headers and all of its cookies; an upgrade is not kept alive."""
    return [
        *_FIREFOX_2009,
        _REFERER_2010,
        _COOKIE_2010,
        ("Origin", origin),
    ]


# By the origin, "http://127.0.0.1:8080", and whether the connection is kept; without Host.
_POLL: dict[HeaderProfile, Callable[[str, bool], Headers]] = {
    "minimal": _minimal_poll,
    "chrome": _chrome_poll,
    "quantum-2010": _quantum_poll,
}
# By the origin; those before Content-Length and those behind it, without Host.
_POST: dict[HeaderProfile, Callable[[str], tuple[Headers, Headers]]] = {
    "minimal": _minimal_post,
    "chrome": _chrome_post,
}
_STREAM: dict[HeaderProfile, Callable[[str], Headers]] = {
    "minimal": lambda origin: [("Accept", _EVENT_STREAM)],
    "chrome": _chrome_stream,
    "quantum-2010": _quantum_stream,
}
_HANDSHAKE: dict[HeaderProfile, Callable[[str, str], Headers]] = {
    "minimal": lambda host, origin: [],
    "chrome": _chrome_handshake,
    "quantum-2010": _quantum_handshake,
}
