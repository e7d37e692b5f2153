import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic_ns

import pytest

from loadgen.clients.client import Subscription
from loadgen.clients.push.sse import SseClient
from tests.loadgen.peer import event
from tests.loadgen.witness import Script, Witness, request_of, scripted

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def block(seq: int, text: str = "text") -> bytes:
    return b"id: %d\ndata: %b\n\n" % (seq, event(seq, text))


class Answering:
    """A server that writes these parts behind its head, each once the other side may have it."""

    def __init__(self, *parts: bytes, head: bytes = HEAD, ends: bool = False) -> None:
        self._parts = [head, *parts]
        self._ends = ends
        self.request = ""
        self.down_bytes = sum(map(len, self._parts))

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.request = await request_of(reader)
        for part in self._parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        if not self._ends:
            await reader.read()


@asynccontextmanager
async def subscribed(script: Script) -> AsyncIterator[tuple[SseClient, Witness]]:
    async with scripted(script) as port:
        recorder = Witness()
        client = SseClient(Subscription(url=f"http://127.0.0.1:{port}/sse", recorder=recorder))
        await client.connect()
        client.start(monotonic_ns())
        yield client, recorder
        await client.close()


async def test_records_every_event_and_every_byte() -> None:
    texts = ["x" * length for length in (1, 80, 65_000, 300_000)] + ["größer ✓"]
    server = Answering(*(chunk(block(seq, text)) for seq, text in enumerate(texts, start=1)))
    before_ns = monotonic_ns()
    async with subscribed(server) as (client, recorder):
        await recorder.until(lambda seen: seen.received == 5)
        await client.close()
        counts = client.byte_counts()
    seq, due, sizes, received_ns = recorder.arrivals().T
    assert seq.tolist() == [1, 2, 3, 4, 5]
    assert due.tolist() == [10, 20, 30, 40, 50]
    assert sizes.tolist() == [len(event(s, text)) for s, text in enumerate(texts, start=1)]
    assert before_ns < received_ns[0] <= received_ns[-1] < monotonic_ns()
    assert (counts.up_protocol_bytes, counts.down_protocol_bytes) == (
        len(server.request),
        server.down_bytes,
    )
    assert counts.up_tcp_bytes in (counts.up_protocol_bytes, None)
    assert counts.down_tcp_bytes in (counts.down_protocol_bytes, None)
    assert recorder.failure == ""


async def test_asks_as_an_event_source_does() -> None:
    server = Answering()
    async with subscribed(server):
        pass
    assert server.request.startswith("GET /sse?after=0 HTTP/1.1\r\n")
    assert "\r\nAccept: text/event-stream\r\n" in server.request


async def test_events_in_the_packet_of_the_head_and_cut_anywhere_arrive() -> None:
    raw = HEAD + chunk(block(1)) + chunk(b":\n") + chunk(block(2)[:9]) + chunk(block(2)[9:])
    server = Answering(*(raw[at : at + 1] for at in range(1, len(raw))), head=raw[:1])
    async with subscribed(server) as (_, recorder):
        await recorder.until(lambda seen: seen.received == 2)
    assert recorder.arrivals()[:, 0].tolist() == [1, 2]
    async with subscribed(Answering(head=raw)) as (_, recorder):
        await recorder.until(lambda seen: seen.received == 2)


async def test_a_gap_is_counted_and_the_stream_goes_on() -> None:
    gap = b'id: 9\nevent: gap\ndata: {"first_seq":5,"last_seq":9}\n\n'
    async with subscribed(Answering(chunk(gap), chunk(block(10)))) as (_, recorder):
        await recorder.until(lambda seen: seen.received == 1)
    assert recorder.gaps == 1
    assert recorder.failure == ""


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        pytest.param(Answering(ends=True), "the connection was lost", id="lost"),
        pytest.param(Answering(b"0\r\n\r\n"), "the server ended the stream", id="ended"),
        pytest.param(Answering(b"no chunk\r\n"), "no HTTP", id="no HTTP"),
        pytest.param(Answering(chunk(b"data: hello\n\n")), "hello", id="no JSON"),
        pytest.param(Answering(chunk(b"data: \xff\n\n")), "xff", id="no UTF-8"),
        pytest.param(Answering(chunk(b"event: x\ndata: a\n\n")), "none of", id="another kind"),
    ],
)
async def test_is_lost_for_good_with_a_reason(server: Answering, reason: str) -> None:
    async with subscribed(server) as (_, recorder):
        await recorder.until(lambda seen: seen.failure != "")
    assert reason in recorder.failure


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered 404"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "no event stream but text/html"),
        (b"hello\r\n\r\n", "no HTTP"),
        (b"", "the connection was lost"),
    ],
)
async def test_an_answer_that_is_no_stream_is_an_os_error(head: bytes, reason: str) -> None:
    recorder = Witness()
    async with scripted(Answering(head=head, ends=True)) as port:
        client = SseClient(Subscription(url=f"http://127.0.0.1:{port}/sse", recorder=recorder))
        with pytest.raises(OSError, match=reason):
            await client.connect()
        await client.close()
    assert recorder.failure == ""  # who calls knows it from the exception


async def test_an_answer_that_does_not_come_is_an_os_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("loadgen.clients.push.sse.OPENED_WITHIN_S", 0.001)
    async with scripted(Answering(head=b"")) as port:
        client = SseClient(Subscription(url=f"http://127.0.0.1:{port}/sse", recorder=Witness()))
        with pytest.raises(OSError, match="no answer within"):
            await client.connect()
        await client.close()


async def test_closes_twice_and_before_it_was_connected() -> None:
    client = SseClient(Subscription(url="http://127.0.0.1:1/sse", recorder=Witness()))
    await client.close()
    async with subscribed(Answering()) as (client, recorder):
        await client.close()
        final = client.byte_counts()
        await client.close()
        assert client.byte_counts() == final
    assert recorder.failure == ""
