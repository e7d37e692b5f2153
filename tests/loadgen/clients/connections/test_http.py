import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic_ns

import pytest

from loadgen.clients.client import Subscription
from loadgen.clients.connections.http import Connection, connect
from loadgen.clients.connections.sockets import Connections
from loadgen.recording.recorder import Recorder
from tests.loadgen.witness import Script, answer, request_of, scripted

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


class Talk:
    """What one connection to a scripted server answered, and its end."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
        self.received_ns = 0
        self.lost = asyncio.Event()
        self.over = asyncio.Event()
        self.connection: Connection

    def on_answer(self, status: int, body: bytes, received_ns: int) -> None:
        self.received_ns = received_ns
        self.answers.put_nowait((status, body))

    def on_lost(self, connection: Connection) -> None:
        assert connection is self.connection
        assert not self.over.is_set()
        self.lost.set()


class Followed(Connections[Connection]):
    def __init__(self, talk: Talk, port: int) -> None:
        super().__init__(Subscription(url=f"http://127.0.0.1:{port}/", recorder=Recorder()))
        self._talk = talk

    def on_over(self, connection: Connection) -> None:
        super().on_over(connection)
        assert self._talk.lost.is_set()
        self._talk.over.set()


@asynccontextmanager
async def talk(script: Script) -> AsyncIterator[Talk]:
    async with scripted(script) as port:
        talk = Talk()
        connections = Followed(talk, port)
        await connections.resolve()
        talk.connection = await connect(connections, talk.on_lost, talk.on_answer)
        yield talk
        await talk.connection.close()
        assert talk.over.is_set()


def says(*parts: bytes) -> Script:
    """Answers each request with the next of the parts."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            await request_of(reader)
            writer.write(part)
        await reader.read()

    return script


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(answer(b"hello"), (200, b"hello"), id="length"),
        pytest.param(CHUNKED, (200, b"abcde"), id="chunked"),
        pytest.param(answer(status="204 No Content"), (204, b""), id="no body"),
        pytest.param(answer(b"x" * 300_000), (200, b"x" * 300_000), id="many reads"),
        pytest.param(answer(b"no", status="410 Gone"), (410, b"no"), id="an error"),
    ],
)
async def test_reads_an_answer_and_counts_its_bytes(
    raw: bytes, expected: tuple[int, bytes]
) -> None:
    async with talk(says(raw, raw)) as talking:
        for turn in (1, 2):
            sent_ns = monotonic_ns()
            talking.connection.send(REQUEST)
            assert talking.connection.waiting
            assert await talking.answers.get() == expected
            assert not talking.connection.waiting
            assert sent_ns < talking.received_ns < monotonic_ns()
            counts = talking.connection.byte_counts()
            assert counts.up_protocol_bytes == turn * len(REQUEST)
            assert counts.down_protocol_bytes == turn * len(raw)
            assert counts.connections == 1


async def test_waits_for_the_rest_of_a_split_answer() -> None:
    raw = answer(b"hello")
    go_on = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(raw[:20])
        await go_on.wait()
        writer.write(raw[20:])
        await reader.read()

    async with talk(script) as talking:
        talking.connection.send(REQUEST)
        while talking.connection.byte_counts().down_protocol_bytes < 20:
            await asyncio.sleep(0)
        assert talking.answers.empty()
        continued_ns = monotonic_ns()
        go_on.set()
        assert await talking.answers.get() == (200, b"hello")
        assert talking.received_ns > continued_ns


async def test_sees_that_the_server_will_close() -> None:
    async with talk(says(answer(b"", headers="Connection: close\r\n"))) as talking:
        assert talking.connection.reusable
        talking.connection.send(REQUEST)
        await talking.answers.get()
        assert not talking.connection.reusable


@pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n"])
async def test_what_is_no_http_ends_the_connection(raw: bytes) -> None:
    async with talk(says(raw)) as talking:
        talking.connection.send(REQUEST)
        await talking.lost.wait()
        assert talking.connection.waiting
        assert talking.connection.byte_counts().down_protocol_bytes == len(raw)


async def test_an_answer_that_nobody_asked_for_ends_the_connection() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"hello"))
        await reader.read()

    async with talk(script) as talking:
        await talking.lost.wait()
        assert talking.answers.empty()


async def test_a_large_request_to_a_slow_reader_gets_there() -> None:
    request = b"GET / HTTP/1.1\r\nX: " + b"x" * 8_000_000 + b"\r\n\r\n"

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(len(request)) == request
        writer.write(answer(b"all"))
        await reader.read()

    async with talk(script) as talking:
        talking.connection.send(request)
        assert await talking.answers.get() == (200, b"all")
        assert talking.connection.byte_counts().up_protocol_bytes == len(request)


async def test_closes_twice_and_keeps_its_count() -> None:
    async with talk(says(answer(b"hello"))) as talking:
        talking.connection.send(REQUEST)
        await talking.answers.get()
        await talking.connection.close()
        assert talking.lost.is_set()
        final = talking.connection.byte_counts()
        assert final.down_protocol_bytes == len(answer(b"hello"))
        assert final.down_tcp_bytes in (final.down_protocol_bytes, None)
        await talking.connection.close()
        assert talking.connection.byte_counts() == final


async def test_does_not_wait_for_ever_for_the_server_to_close(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("loadgen.clients.connections.sockets.CLOSE_GRACE_S", 0.001)
    never = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await never.wait()

    async with talk(script) as talking:
        await talking.connection.close()
        assert talking.lost.is_set()


async def test_a_close_that_is_cancelled_still_closes() -> None:
    async with talk(says()) as talking:
        closing = asyncio.ensure_future(talking.connection.close())
        await asyncio.sleep(0)
        closing.cancel()
        await talking.lost.wait()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await talking.connection.close()
