"""Polls on the bare server are answered with the bytes that aiohttp sends, header for header."""

import re

import pytest

from feed.history import History
from servers.http.httptools_server import SERVER
from tests.servers.conftest import Open
from tests.servers.events import extend
from tests.servers.http_client import Answer, connected

REQUESTS = [
    ("GET", "after=7", ""),
    ("GET", "after=10", ""),
    ("GET", "after=%39&after=1", ""),
    ("GET", "after=1", ""),
    ("GET", "after=-1", ""),
    ("GET", "after=%F0%9F", ""),
    ("GET", "after=7", "Accept-Encoding: gzip, br\r\n"),
    ("GET", "after=7", "accept-encoding: br\r\n"),
    ("GET", "after=7", "Connection: close\r\n"),
    ("GET", "after=10", "Connection: close\r\n"),
    ("GET", "after=1", "Connection: close\r\n"),
    ("POST", "after=7", ""),
    ("DELETE", "after=7", "Connection: close\r\n"),
]


async def asked(serving: Open, transport: str, headers: str, request: tuple[str, str, str]) -> str:
    """The head of the answer, the same whoever sent it and whenever; and the body."""
    history = History(5)
    extend(history, 10)
    urls = await serving(history, transport, headers=headers, compression=True)
    method, query, extra = request
    async with connected(urls[transport]) as connection:
        connection.ask(f"/short-poll?{query}", method, extra=extra)
        return alike(await connection.answer())


def alike(answer: Answer) -> str:
    """An answer that lists what is served lists the echo on aiohttp's site alone."""
    head = answer.head.decode()
    body = answer.body.replace(b',"POST /echo"', b"")
    head = head.replace(f"Content-Length: {len(answer.body)}", f"Content-Length: {len(body)}")
    server = re.search(r"^Server: (.*)\r$", head, re.MULTILINE)
    assert server
    head = head.replace(server[1], "s" * len(server[1]))
    return re.sub(r"\d\d:\d\d:\d\d GMT", "00:00:00 GMT", head) + repr(body)


@pytest.mark.parametrize("headers", ["minimal", "quantum-2010"])
@pytest.mark.parametrize("request_", REQUESTS, ids=" ".join)
async def test_the_bytes_are_the_same(
    serving: Open, headers: str, request_: tuple[str, str, str]
) -> None:
    one = await asked(serving, "short-poll", headers, request_)
    assert await asked(serving, "short-poll@httptools", headers, request_) == one


def test_the_server_says_who_it_is() -> None:
    assert SERVER.startswith("httptools/")
