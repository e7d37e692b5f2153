import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic_ns

import pytest

from loadgen.clients.client import Subscription
from loadgen.clients.echo.post import MAX_CONNECTIONS, EchoPostClient
from loadgen.clients.echo.texts import Text, text
from tests.loadgen.witness import Script, Witness, answer, request_of, scripted


def numbered(number: int) -> Text:
    return text(number, number * 10, "to be said")


async def post_of(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """The next request: its head and its body."""
    head = await request_of(reader)
    length = int(head.split("Content-Length: ")[1].split("\r\n")[0])
    return head, await reader.readexactly(length)


@asynccontextmanager
async def connected(script: Script) -> AsyncIterator[tuple[EchoPostClient, Witness]]:
    async with scripted(script) as port:
        recorder = Witness()
        url = f"http://127.0.0.1:{port}/echo"
        client = EchoPostClient(Subscription(url=url, recorder=recorder))
        await client.connect()
        yield client, recorder
        await client.close()


async def test_a_text_is_one_request_and_its_answer_is_recorded() -> None:
    heads: list[str] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head, body = await post_of(reader)
            heads.append(head)
            writer.write(answer(body.upper() + b"!!!"))

    async with connected(echo) as (client, recorder):
        client.send(numbered(1), monotonic_ns() - 7)
        await recorder.until(lambda seen: len(seen.requests()) == 1)
        client.send(numbered(2), monotonic_ns() - 7)
        await recorder.until(lambda seen: len(seen.requests()) == 2)
        await client.close()
        counts = client.byte_counts()
    assert heads[0].startswith("POST /echo HTTP/1.1\r\nHost: 127.0.0.1:")
    assert "Content-Type: text/plain;charset=UTF-8\r\n" in heads[0]
    assert counts.connections == 1
    assert counts.up_protocol_bytes == sum(len(head) + 10 for head in heads)
    assert counts.down_protocol_bytes == 2 * len(answer(b"x" * 13))
    assert counts.up_tcp_bytes in (counts.up_protocol_bytes, None)
    assert recorder.arrivals()[:, :3].tolist() == [[1, 10, 13], [2, 20, 13]]
    planned_ns, sent_ns, received_ns, events = recorder.requests().T
    assert (planned_ns < sent_ns).all()
    assert (sent_ns < received_ns).all()
    assert events.tolist() == [1, 1]
    assert recorder.texts()[:, 3].tolist() == [10, 10]


async def test_what_cannot_wait_gets_connections_of_its_own_up_to_six() -> None:
    bodies: list[bytes] = []
    go = asyncio.Event()
    six_are_out = asyncio.Event()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, body = await post_of(reader)
            bodies.append(body)
            if len(bodies) == MAX_CONNECTIONS:
                six_are_out.set()
            await go.wait()
            writer.write(answer(body.upper() + b"!!!"))

    async with connected(echo) as (client, recorder):
        planned_ns = monotonic_ns()
        for number in range(1, 10):
            client.send(numbered(number), planned_ns)
        await six_are_out.wait()
        assert len(recorder.texts()) == MAX_CONNECTIONS
        go.set()
        await recorder.until(lambda seen: len(seen.requests()) == 9)
        await client.close()
        assert client.byte_counts().connections == MAX_CONNECTIONS
    assert bodies[0] == numbered(1).data
    assert sorted(recorder.arrivals()[:, 0].tolist()) == list(range(1, 10))
    assert set(recorder.texts()[:, 0].tolist()) == {planned_ns}
    begun_ns, sent_ns = recorder.texts()[:, 1], recorder.texts()[:, 2]
    assert (begun_ns <= sent_ns).all()


@pytest.mark.parametrize("closes", [False, True])
async def test_an_error_is_a_failed_request_and_the_next_text_goes_on(closes: bool) -> None:
    async def refuse_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, body = await post_of(reader)
        if body == numbered(1).data:
            headers = "Connection: close\r\n" if closes else ""
            writer.write(answer(b"{}", "413 Content Too Large", headers))
            if closes:
                return
            _, body = await post_of(reader)
        writer.write(answer(body.upper() + b"!!!"))
        await reader.read()

    async with connected(refuse_once) as (client, recorder):
        client.send(numbered(1), monotonic_ns())
        await recorder.until(lambda seen: seen.failures == 1)
        client.send(numbered(2), monotonic_ns())
        await recorder.until(lambda seen: len(seen.requests()) == 1)
        await client.close()
        assert client.byte_counts().connections == 1 + closes
    assert recorder.failure == ""


async def test_a_cut_connection_is_a_failed_request() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await post_of(reader)

    async with connected(cut) as (client, recorder):
        client.send(numbered(1), monotonic_ns())
        await recorder.until(lambda seen: seen.failures == 1)
    assert recorder.received == 0


async def test_a_wrong_answer_is_the_end_of_the_client() -> None:
    async def parrot(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, body = await post_of(reader)
        writer.write(answer(body))
        await reader.read()

    async with connected(parrot) as (client, recorder):
        client.send(numbered(1), monotonic_ns())
        await recorder.until(lambda seen: seen.failure != "")
        client.send(numbered(2), monotonic_ns())
    assert recorder.failure.startswith("an answer that is not its text in capitals: b'1 ")
    assert len(recorder.texts()) == 1
