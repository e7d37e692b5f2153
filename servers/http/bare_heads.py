"""The heads of the bare HTTP server's answers: the bytes that aiohttp would send.

The same headers in the same order; the name in Server is cut or filled up to the same length.
"""

import time
from email.utils import formatdate
from http import HTTPStatus
from importlib.metadata import version

from aiohttp.http import SERVER_SOFTWARE

from servers.http.answer import Answer

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
