import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic_ns

import pytest

from loadgen.clients.client import Subscription
from loadgen.clients.echo.texts import text
from loadgen.clients.echo.websocket import EchoWebSocketClient
from tests.loadgen.peer import CLOSE, PING, PONG, TEXT, Exchange, Peer, close_payload, serving
from tests.loadgen.witness import Witness

SAID = text(1, 10, "to be said")


@asynccontextmanager
async def connected(
    exchange: Exchange,
) -> AsyncIterator[tuple[EchoWebSocketClient, Witness, Peer]]:
    async with serving(exchange) as (url, peers):
        recorder = Witness()
        client = EchoWebSocketClient(Subscription(url=url, recorder=recorder))
        await client.connect()
        yield client, recorder, peers[0]
        await client.close()


async def test_a_text_goes_up_masked_and_its_answer_is_recorded() -> None:
    async def exchange(peer: Peer) -> None:
        await peer.shake_hands("Sec-WebSocket-Protocol: echo.pushbench\r\n")
        assert await peer.frame() == (TEXT, SAID.data)
        peer.send(PING, b"there?")
        assert await peer.frame() == (PONG, b"there?")
        peer.send(TEXT, SAID.answer)
        await peer.end()

    async with connected(exchange) as (client, recorder, peer):
        before_ns = monotonic_ns()
        client.send(SAID, before_ns - 7)
        await recorder.until(lambda seen: seen.received == 1)
        await client.close()
        counts = client.byte_counts()
    assert "Sec-WebSocket-Protocol: echo.pushbench\r\n" in peer.head
    assert counts.up_protocol_bytes == peer.up_bytes
    assert counts.down_protocol_bytes == peer.down_bytes
    assert counts.up_tcp_bytes in (counts.up_protocol_bytes, None)
    ((planned_ns, begun_ns, sent_ns, size),) = recorder.texts().tolist()
    assert (planned_ns, size) == (before_ns - 7, len(SAID.data))
    assert before_ns <= begun_ns == sent_ns
    ((number, due_ns, answer_bytes, received_ns),) = recorder.arrivals().tolist()
    assert (number, due_ns, answer_bytes) == (1, 10, len(SAID.answer))
    assert received_ns > sent_ns
    assert len(recorder.requests()) == 0


@pytest.mark.parametrize(("size", "head"), [(125, 6), (126, 8), (65_535, 8), (65_536, 14)])
async def test_counts_every_byte_of_a_frame(size: int, head: int) -> None:
    said = text(1, 10, "x" * size)

    async def exchange(peer: Peer) -> None:
        await peer.shake_hands()
        raw = await peer._reader.readexactly(size + head)
        peer.up_bytes += len(raw)
        peer.send(TEXT, said.answer)
        await peer.end()

    async with connected(exchange) as (client, recorder, peer):
        client.send(said, monotonic_ns())
        await recorder.until(lambda seen: seen.received == 1)
        await client.close()
        assert client.byte_counts().up_protocol_bytes == peer.up_bytes
        assert client.byte_counts().down_protocol_bytes == peer.down_bytes
        assert client.byte_counts().up_tcp_bytes in (peer.up_bytes, None)


async def test_a_wrong_answer_is_the_end_of_the_client() -> None:
    async def exchange(peer: Peer) -> None:
        await peer.shake_hands()
        await peer.frame()
        peer.send(TEXT, b"1 to be said!!!")
        await peer.end()

    async with connected(exchange) as (client, recorder, _):
        client.send(SAID, monotonic_ns())
        await recorder.until(lambda seen: seen.failure != "")
        client.send(text(2, 20, "never sent"), monotonic_ns())
    assert "1 to be said!!!" in recorder.failure
    assert len(recorder.texts()) == 1


async def test_a_close_of_the_server_is_told_with_its_reason() -> None:
    async def exchange(peer: Peer) -> None:
        await peer.shake_hands()
        peer.send(CLOSE, close_payload(1001, "going away"))
        assert await peer.frame() == (CLOSE, struct.pack("!H", 1001))

    async with connected(exchange) as (_, recorder, _):
        await recorder.until(lambda seen: seen.failure != "")
    assert recorder.failure == "the server closed: 1001 going away"


async def test_a_client_that_is_not_connected_has_no_bytes() -> None:
    client = EchoWebSocketClient(Subscription(url="ws://127.0.0.1:1/echo", recorder=Witness()))
    with pytest.raises(OSError, match="127.0.0.1"):
        await client.connect()
    assert client.byte_counts().connections == 0
    await client.close()
