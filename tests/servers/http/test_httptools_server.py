"""The bare HTTP server: what it takes, in which order it answers, and what it refuses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from servers.http.answer import Answer, as_json
from servers.http.httptools_messages import Request
from servers.http.httptools_server import MAX_BODY_BYTES, MAX_HEAD_BYTES, bare_site
from servers.http.sockets import address, bind
from tests.servers.events import until
from tests.servers.http_client import Connection, connected


class Held:
    """Handlers: one answers at once, one when it is told to, one never comes back."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.lost: list[Request] = []

    def at_once(self, request: Request) -> None:
        request.answer(as_json(request.parameter("n")))

    def later(self, request: Request) -> None:
        self.requests.append(request)
        request.on_lost = self.lost.append

    def broken(self, request: Request) -> None:
        raise RuntimeError("a mistake")

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Connection]:
        handlers = {
            "GET /now": self.at_once,
            "POST /now": self.at_once,
            "HEAD /now": self.at_once,
            "GET /later": self.later,
            "GET /broken": self.broken,
        }
        with bind("127.0.0.1", 0) as listener:
            async with bare_site(listener, handlers):
                async with connected(f"http://{address(listener)}") as connection:
                    self.url = f"http://{address(listener)}"
                    yield connection


async def ended(connection: Connection) -> bool:
    """Nothing more comes."""
    return await connection.rest() == b""


async def test_a_connection_serves_many_requests() -> None:
    async with Held().served() as connection:
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
    async with Held().served() as connection:
        assert (await connection.get(f"/now?{query}")).json == value


async def test_a_request_may_come_in_pieces() -> None:
    async with Held().served() as connection:
        for byte in b"GET /now?n=1 HTTP/1.1\r\nHost: test\r\n\r\n":
            connection.send(bytes([byte]))
            await asyncio.sleep(0)
        assert (await connection.answer()).json == "1"


async def test_requests_sent_at_once_are_answered_in_their_order() -> None:
    held = Held()
    async with held.served() as connection:
        for target in ("/now?n=1", "/later?n=2", "/now?n=3", "/later?n=4", "/nowhere"):
            connection.ask(target)
        assert (await connection.answer()).json == "1"
        for n in (2, 4):
            await until(lambda: bool(held.requests))
            assert len(held.requests) == 1
            held.at_once(held.requests.pop())
            assert (await connection.answer()).json == str(n)
            last = await connection.answer()
            assert last.json == "3" if n == 2 else last.status == 404


async def test_a_request_is_answered_once() -> None:
    held = Held()
    async with held.served() as connection:
        connection.ask("/later?n=1")
        await until(lambda: bool(held.requests))
        for _ in range(2):
            held.at_once(held.requests[0])
        assert (await connection.answer()).json == "1"
        assert (await connection.get("/now?n=2")).json == "2"


async def test_who_leaves_is_told_of_and_answered_no_more() -> None:
    held = Held()
    async with held.served() as stays:
        async with connected(held.url) as connection:
            connection.ask("/later")
            await until(lambda: bool(held.requests))
        await until(lambda: held.lost == held.requests)
        held.at_once(held.requests[0])
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
    async with Held().served() as connection:
        connection.send(request_.encode())
        answer = await connection.answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await ended(connection)


async def test_a_body_is_read_and_dropped() -> None:
    async with Held().served() as connection:
        connection.ask("/now?n=1", "POST", b"x" * MAX_BODY_BYTES)
        assert (await connection.answer()).json == "1"
        assert (await connection.get("/now?n=2")).json == "2"


async def test_who_waits_to_be_asked_for_the_body_is_asked() -> None:
    async with Held().served() as connection:
        connection.ask("/now?n=1", "POST", extra="Content-Length: 2\r\nExpect: 100-continue\r\n")
        assert (await connection.answer()).status == 100
        connection.send(b"ab")
        assert (await connection.answer()).json == "1"


async def test_head_is_answered_without_a_body() -> None:
    async with Held().served() as connection:
        connection.ask("/now?n=1", "HEAD")
        head = await connection.head()
        assert b"Content-Length: 3\r\n" in head
        assert (await connection.get("/now?n=2")).json == "2"


async def test_an_absolute_target_is_taken() -> None:
    async with Held().served() as connection:
        assert (await connection.get("http://test/now?n=1")).json == "1"


FILLER = "X-Filler: " + "x" * (MAX_HEAD_BYTES - 100) + "\r\n"


@pytest.mark.parametrize(
    ("sent", "status", "told"),
    [
        (b"complete nonsense\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400, "not a request of HTTP/1.1"),
        (b"GET /now HTTP/9.9\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"GET http://[/now HTTP/1.1\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"GET /now\xff HTTP/1.1\r\nBad Header: x\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"POST /now HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"GET /" + b"x" * MAX_HEAD_BYTES + b" HTTP/1.1\r\n\r\n", 431, "8190 bytes"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n", 431, "8190 bytes"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * MAX_HEAD_BYTES, 431, "8190 bytes"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 5 * MAX_HEAD_BYTES, 431, "8190 bytes"),
        (b"POST /now HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n" + b"x" * 1048577, 413, "1048576"),
        (b"GET /broken HTTP/1.1\r\n\r\n", 500, "the server failed"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_is_wrong_is_told_and_hurts_nobody_else(
    sent: bytes, status: int, told: str
) -> None:
    held = Held()
    async with held.served() as other:
        other.ask("/later?n=1")
        async with connected(held.url) as connection:
            for start in range(0, len(sent), 1000):
                connection.send(sent[start : start + 1000])
                await asyncio.sleep(0)
            answer = await connection.answer()
            assert (answer.status, answer.headers["connection"]) == (status, "close")
            assert told in answer.json["error"]
        await until(lambda: bool(held.requests))
        held.at_once(held.requests[0])
        assert (await other.answer()).json == "1"


async def test_a_wrong_request_behind_a_held_one_waits_its_turn() -> None:
    held = Held()
    async with held.served() as connection:
        connection.send(b"GET /later?n=1 HTTP/1.1\r\n\r\nnonsense\r\n\r\n")
        await until(lambda: bool(held.requests))
        held.at_once(held.requests[0])
        assert (await connection.answer()).json == "1"
        assert (await connection.answer()).status == 400
        assert await ended(connection)


async def test_who_does_not_read_is_read_no_more() -> None:
    held = Held()
    big = Answer(200, {}, b"x" * 1_000_000)
    async with held.served() as other:
        async with connected(held.url) as connection:
            for _ in range(20):
                connection.ask("/later")
            for _ in range(20):
                await until(lambda: bool(held.requests))
                held.requests.pop().answer(big)
            for _ in range(20):
                assert len((await connection.answer()).body) == 1_000_000
        assert (await other.get("/now?n=1")).json == "1"
