"""Header profiles of the answers to a poll: what a browser of some time would have been sent.

`minimal` and `chrome` are what aiohttp sends by itself, and `Cache-Control: no-store`, without
which a browser may answer a poll from its cache.

`quantum-2010` is the answer in P. Lubbers, F. Greco, "HTML5 Web Sockets: A Quantum Leap in
Scalability for the Web", 2010, example 3. It came to 193 bytes on the socket (they count 179,
without the seven line ends), for a body of 21 bytes. Here the name in the Server header is cut or
filled up with dots, so that any answer, whatever its body and status, has these 193 bytes.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus

from feed.errors import InputError

QUANTUM_2010_HEADER_BYTES = 193

_QUANTUM_2010 = {
    "X-Powered-By": "Servlet/2.5",
    "Server": "Sun Java System Application Server 9.1_02",
    "Content-Type": "text/html;charset=UTF-8",
}
# aiohttp writes it, and so is it in example 3: an HTTP date always has this length.
_DATE = "Date: Sat, 07 Nov 2009 00:32:46 GMT"

Headers = Mapping[str, str]
# (status, bytes of the body, whether the connection closes after it) -> headers, not to be changed.
Profile = Callable[[int, int, bool], Headers]

_NO_STORE = {"Cache-Control": "no-store"}
_NO_STORE_JSON = _NO_STORE | {"Content-Type": "application/json"}


def plain(status: int, body_bytes: int, closes: bool) -> Headers:
    """What goes beside aiohttp's own Content-Length, Date and Server."""
    return _NO_STORE_JSON if body_bytes else _NO_STORE


def quantum_2010(status: int, body_bytes: int, closes: bool) -> Headers:
    """Headers that come to 193 bytes, from the status line through the blank line."""
    return _quantum_2010(status, len(str(body_bytes)) if body_bytes else 0, closes)


@lru_cache(maxsize=64)
def _quantum_2010(status: int, length_digits: int, closes: bool) -> Headers:
    # An answer without a body is a 204 here, which must not name a length (RFC 9110, 8.6).
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", _DATE]
    lines += [f"{name}: {value}" for name, value in _QUANTUM_2010.items() if name != "Server"]
    lines += ["Server: ", ""]
    if length_digits:
        lines.append("Content-Length: " + "9" * length_digits)
    if closes:
        lines.append("Connection: close")
    room = QUANTUM_2010_HEADER_BYTES - sum(len(line) + len("\r\n") for line in lines)
    name = _QUANTUM_2010["Server"][:room].rstrip()
    return _QUANTUM_2010 | {"Server": name.ljust(room, ".")}


PROFILES: dict[str, Profile] = {
    "minimal": plain,
    "chrome": plain,
    "quantum-2010": quantum_2010,
}


def profile(name: str) -> Profile:
    """The profile of that name. Raises InputError where there is none."""
    if name not in PROFILES:
        raise InputError(f"headers: expected one of {', '.join(PROFILES)}, not {name!r}")
    return PROFILES[name]
