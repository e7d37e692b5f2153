"""Header profiles of the responses to a poll, as captured text, read by one function.

`minimal` and `chrome` are what aiohttp sends by itself, and `Cache-Control: no-store`, without
which a browser may answer a poll from its cache. `quantum-2010` is the response in P. Lubbers,
F. Greco, "HTML5 Web Sockets: A Quantum Leap in Scalability for the Web", 2010, example 3: 193 bytes
on the socket (they count 179, without the seven line ends), for a body of 21 bytes.
"""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from http import HTTPStatus

_TODAY = """\
HTTP/1.1 200 OK
Cache-Control: no-store
Content-Type: application/json
"""
QUANTUM_2010 = """\
HTTP/1.1 200 OK
X-Powered-By: Servlet/2.5
Server: Sun Java System Application Server 9.1_02
Content-Type: text/html;charset=UTF-8
Content-Length: 21
Date: Sat, 07 Nov 2009 00:32:46 GMT

"""
CAPTURED = {"minimal": _TODAY, "chrome": _TODAY, "quantum-2010": QUANTUM_2010}

Headers = Mapping[str, str]
# (status, bytes of the body, whether the connection closes after it) -> headers, not to be changed,
# without those that the server's library writes: Content-Length, Date, Connection.
Profile = Callable[[int, int, bool], Headers]


@cache
def profile(name: str) -> Profile:
    """The profile of that name, out of CAPTURED.

    Where the text names the server, that name is cut or filled up with dots: so any response,
    whatever its body and status, has as many header bytes as the one that was captured.
    """
    text = CAPTURED[name]
    named = dict(line.split(": ", 1) for line in text.splitlines()[1:] if line)
    headers = {key: named[key] for key in named if key not in ("Content-Length", "Date")}
    if "Server" not in headers:
        without_body = {key: headers[key] for key in headers if key != "Content-Type"}
        return lambda status, body_bytes, closes: headers if body_bytes else without_body
    header_bytes = len(text.replace("\n", "\r\n"))

    @lru_cache(maxsize=64)
    def filled(status: int, length_digits: int, closes: bool) -> Headers:
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Date: {named['Date']}", ""]
        lines += [f"{key}: {value}" for key, value in (headers | {"Server": ""}).items()]
        if length_digits:  # a 204 must not name a length (RFC 9110, section 8.6)
            lines.append("Content-Length: " + "9" * length_digits)
        if closes:
            lines.append("Connection: close")
        room = header_bytes - sum(len(line) + len("\r\n") for line in lines)
        return headers | {"Server": headers["Server"][:room].rstrip().ljust(room, ".")}

    return lambda status, body_bytes, closes: filled(
        status, len(str(body_bytes)) if body_bytes else 0, closes
    )


plain = profile("minimal")
