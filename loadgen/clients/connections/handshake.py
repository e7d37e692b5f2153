"""The size of a WebSocket handshake on the wire, from its parsed parts (RFC 6455, section 1.3)."""

from collections.abc import Iterable
from http import HTTPStatus

HeaderItems = Iterable[tuple[str, str]]


def request_bytes(path: bytes, headers: HeaderItems) -> int:
    """Of the request, from GET to the empty line. path: with its query."""
    return len(b"GET %b HTTP/1.1\r\n" % path) + _headers_bytes(headers)


def response_bytes(status: HTTPStatus, headers: HeaderItems) -> int:
    """Of the response, as servers write it: the standard phrase, one space after each colon."""
    return len(f"HTTP/1.1 {status.value} {status.phrase}\r\n") + _headers_bytes(headers)


def _headers_bytes(headers: HeaderItems) -> int:
    """With the empty line that ends them."""
    return sum(len(f"{name}: {value}\r\n".encode()) for name, value in headers) + len(b"\r\n")
