"""The bare HTTP server: what it takes, when it responds and closes, and what it refuses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from servers.http.httptools_server import MAX_HEAD_BYTES, bare_site
from servers.http.httptools_server import Connection as Request
from servers.http.response import HttpResponse, as_json
from servers.http.sockets import address, bind
from tests.servers.events import until
from tests.servers.http_client import Connection, connected


class Handlers:
    """One responds at once, one when it is told to, one with a lot, one fails."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.lost: list[Request] = []

    def at_once(self, request: Request) -> None:
        request.respond(as_json(request.parameter("n")))

    def later(self, request: Request) -> None:
        self.requests.append(request)
        request.on_lost = self.lost.append

    def large(self, request: Request) -> None:
        request.respond(HttpResponse(200, {}, b"x" * 1_000_000))

    def broken(self, request: Request) -> None:
        raise RuntimeError("a mistake")

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Connection]:
        routes = {
            "GET /now": self.at_once,
            "POST /now": self.at_once,
            "HEAD /now": self.at_once,
            "GET /later": self.later,
            "GET /large": self.large,
            "GET /broken": self.broken,
        }
        with bind("127.0.0.1", 0) as listener:
            async with bare_site(listener, routes):
                async with connected(f"http://{address(listener)}") as connection:
                    self.url = f"http://{address(listener)}"
                    yield connection


async def ended(connection: Connection) -> bool:
    """Nothing more comes."""
    return await connection.rest() == b""


async def test_a_connection_serves_many_requests() -> None:
    async with Handlers().served() as connection:
        for n in range(3):
            assert (await connection.get(f"/now?n={n}")).json == str(n)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("n=1", "1"),
        ("m=2&n=1&n=3", "1"),
        ("n=", ""),
        ("n", ""),
        ("", None),
        ("nn=1", None),
        ("n=%41+b", "A b"),
        ("n=a=b", "a=b"),
    ],
)
async def test_a_parameter_is_the_first_of_its_name(query: str, value: str | None) -> None:
    async with Handlers().served() as connection:
        assert (await connection.get(f"/now?{query}")).json == value


async def test_a_request_may_come_in_pieces() -> None:
    async with Handlers().served() as connection:
        for byte in b"GET /now?n=1 HTTP/1.1\r\nHost: test\r\n\r\n":
            connection.send(bytes([byte]))
            await asyncio.sleep(0)
        assert (await connection.answer()).json == "1"


async def test_requests_sent_at_once_are_answered_in_their_order() -> None:
    async with Handlers().served() as connection:
        for target in ("/now?n=1", "/now?n=2", "/nowhere"):
            connection.ask(target)
        assert (await connection.answer()).json == "1"
        assert (await connection.answer()).json == "2"
        assert (await connection.answer()).status == 404


async def test_what_is_sent_behind_a_waiting_request_ends_the_connection_after_it() -> None:
    handlers = Handlers()
    async with handlers.served() as connection:
        for target in ("/later?n=1", "/now?n=2", "/later?n=3"):
            connection.ask(target)
        await until(lambda: bool(handlers.requests))
        handlers.at_once(handlers.requests.pop())
        answer = await connection.answer()
        assert (answer.json, answer.headers["connection"]) == ("1", "close")
        assert await ended(connection)
        assert handlers.requests == []


async def test_a_request_is_answered_once() -> None:
    handlers = Handlers()
    async with handlers.served() as connection:
        connection.ask("/later?n=1")
        await until(lambda: bool(handlers.requests))
        for _ in range(2):
            handlers.at_once(handlers.requests[0])
        assert (await connection.answer()).json == "1"
        assert (await connection.get("/now?n=2")).json == "2"


async def test_who_leaves_is_told_of_and_answered_no_more() -> None:
    handlers = Handlers()
    async with handlers.served() as stays:
        async with connected(handlers.url) as connection:
            connection.ask("/later")
            await until(lambda: bool(handlers.requests))
        await until(lambda: handlers.lost == handlers.requests)
        handlers.at_once(handlers.requests[0])
        assert (await stays.get("/now?n=1")).json == "1"


@pytest.mark.parametrize(
    "request_",
    [
        "GET /now?n=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /now?n=1 HTTP/1.0\r\n\r\n",
        "GET /now?n=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    ],
)
async def test_the_connection_ends_where_the_request_says_so(request_: str) -> None:
    async with Handlers().served() as connection:
        connection.send(request_.encode())
        answer = await connection.answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await ended(connection)


async def test_who_waits_to_be_asked_for_the_body_is_refused() -> None:
    async with Handlers().served() as connection:
        connection.ask("/now?n=1", "POST", extra="Content-Length: 2\r\nExpect: 100-continue\r\n")
        assert (await connection.answer()).status == 413
        assert await ended(connection)


async def test_head_is_answered_without_a_body() -> None:
    async with Handlers().served() as connection:
        connection.ask("/now?n=1", "HEAD")
        head = await connection.head()
        assert b"Content-Length: 3\r\n" in head
        assert (await connection.get("/now?n=2")).json == "2"


async def test_an_absolute_target_is_taken() -> None:
    async with Handlers().served() as connection:
        assert (await connection.get("http://test/now?n=1")).json == "1"


@pytest.mark.parametrize(
    ("sent", "status", "told"),
    [
        (b"complete nonsense\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400, "not a request of HTTP/1.1"),
        (b"GET /now HTTP/9.9\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"GET http://[/now HTTP/1.1\r\nHost: x\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"GET /now\xff HTTP/1.1\r\nBad Header: x\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"POST /now HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"GET /" + b"x" * MAX_HEAD_BYTES + b" HTTP/1.1\r\n\r\n", 431, "8190 bytes"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n", 431, "8190 bytes"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * MAX_HEAD_BYTES, 431, "8190 bytes"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 5 * MAX_HEAD_BYTES, 431, "8190 bytes"),
        (b"POST /now HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", 413, "no request here has a body"),
        (b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n", 500, "the server failed"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_is_wrong_is_told_and_hurts_nobody_else(
    sent: bytes, status: int, told: str
) -> None:
    handlers = Handlers()
    async with handlers.served() as other:
        other.ask("/later?n=1")
        async with connected(handlers.url) as connection:
            for start in range(0, len(sent), 1000):
                connection.send(sent[start : start + 1000])
                await asyncio.sleep(0)
            answer = await connection.answer()
            assert (answer.status, answer.headers["connection"]) == (status, "close")
            assert told in answer.json["error"]
        await until(lambda: bool(handlers.requests))
        handlers.at_once(handlers.requests[0])
        assert (await other.answer()).json == "1"


POLL = b"GET /now HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        POLL + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POLL + b"Content-Length: 0\r\nContent-Length: 4\r\n\r\n",
        POLL + b"Content-Length: 0, 4\r\n\r\n",
        POLL + b"Content-Length: +4\r\n\r\n",
        POLL + b"Transfer-Encoding: gzip, chunked, gzip\r\n\r\n",
        POLL + b"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
        POLL + b"X-Folded: one\r\n two\r\n\r\n",
        POLL + b"X-Spaced : one\r\n\r\n",
        POLL + b"X-Bare: one\rX-Two: two\r\n\r\n",
        POLL + b"X-Bare: one\n\r\n",
        POLL + b"X-Null: \x00\r\n\r\n",
        POLL + b"Host: y\r\n\r\n",
        b"GET /now HTTP/1.1\r\n\r\n",
        b"GET /now HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /now\tHTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=lambda value: str(value[-40:]),
)
async def test_what_smuggles_requests_is_refused_and_closes(sent: bytes) -> None:
    async with Handlers().served() as connection:
        connection.send(sent + b"GET /now?n=smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await connection.answer()
        assert answer.status in (400, 413)
        assert answer.headers["connection"] == "close"
        assert await ended(connection)


async def test_half_a_head_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servers.http.httptools_server.HEAD_S", 0.0)
    async with Handlers().served() as connection:
        assert (await connection.get("/now?n=1")).json == "1"
        connection.send(b"GET /now?n=2 HTTP/1.1\r\nHo")
        assert (await connection.answer()).status == 408
        assert await ended(connection)


async def test_a_wrong_request_behind_a_waiting_one_ends_the_connection_after_it() -> None:
    handlers = Handlers()
    async with handlers.served() as connection:
        connection.send(b"GET /later?n=1 HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n")
        await until(lambda: bool(handlers.requests))
        handlers.at_once(handlers.requests[0])
        assert (await connection.answer()).json == "1"
        assert await ended(connection)


async def test_who_asks_on_and_does_not_read_is_closed() -> None:
    handlers = Handlers()
    async with handlers.served() as other:
        async with connected(handlers.url) as connection:
            for _ in range(20):
                connection.ask("/large")
            received = await connection.rest()
        assert 0 < received.count(b"HTTP/1.1 200 OK") < 20
        assert (await other.get("/now?n=1")).json == "1"
