import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic_ns

import pytest

from loadgen.clients.client import Subscription
from loadgen.clients.echo.socketio import EchoSocketIoClient
from loadgen.clients.echo.texts import text
from tests.loadgen.clients.push.test_websocket import assert_counted
from tests.loadgen.clients.socketio.test_websocket import accept, serving
from tests.loadgen.peer import CLOSE, TEXT, Exchange, Peer, close_payload
from tests.loadgen.witness import Witness

SAID = text(12, 10, "12 to be said")


@asynccontextmanager
async def connected(
    exchange: Exchange,
) -> AsyncIterator[tuple[EchoSocketIoClient, Witness, Peer]]:
    async with serving(exchange) as (url, peers):
        recorder = Witness()
        client = EchoSocketIoClient(Subscription(url=url, recorder=recorder))
        await client.connect()
        yield client, recorder, peers[0]
        await client.close()


async def test_a_text_is_an_event_and_its_acknowledgement_the_answer() -> None:
    async def exchange(peer: Peer) -> None:
        await accept(peer)
        assert await peer.frame() == (TEXT, b'4212["echo","12 to be said"]')
        peer.send(TEXT, b"2")
        assert await peer.frame() == (TEXT, b"3")
        peer.send(TEXT, b'4312["12 TO BE SAID!!!"]')
        await peer.end()

    async with connected(exchange) as (client, recorder, peer):
        before_ns = monotonic_ns()
        client.send(SAID, before_ns - 7)
        await recorder.until(lambda seen: seen.received == 1)
        await client.close()
        assert_counted(client, peer)
    ((planned_ns, begun_ns, sent_ns, size),) = recorder.texts().tolist()
    assert (planned_ns, size) == (before_ns - 7, len(SAID.data))
    assert before_ns <= begun_ns == sent_ns
    ((number, due_ns, answer_bytes, received_ns),) = recorder.arrivals().tolist()
    assert (number, due_ns, answer_bytes) == (12, 10, len(SAID.answer))
    assert received_ns > sent_ns
    assert len(recorder.requests()) == 0
    assert recorder.failure == ""


@pytest.mark.parametrize(
    "packet",
    [
        b'4312["12 to be said!!!"]',
        b'4313["12 TO BE SAID!!!"]',
        b'431["12 TO BE SAID!!!"]',
        b"4312[]",
        b"4312[17]",
        b"4312",
        b'4312["\xff"]',
    ],
    ids=["no capitals", "other number", "shorter number", "empty", "no text", "bare", "no UTF-8"],
)
async def test_a_wrong_answer_is_the_end_of_the_client(packet: bytes) -> None:
    async def exchange(peer: Peer) -> None:
        await accept(peer)
        await peer.frame()
        peer.send(TEXT, packet)
        await peer.end()

    async with connected(exchange) as (client, recorder, _):
        client.send(SAID, monotonic_ns())
        await recorder.until(lambda seen: seen.failure != "")
        client.send(text(13, 20, "never sent"), monotonic_ns())
    assert "an answer that is not its text in capitals" in recorder.failure
    assert len(recorder.texts()) == 1
    assert recorder.received == 0


async def test_a_close_of_the_server_is_told_with_its_reason() -> None:
    async def exchange(peer: Peer) -> None:
        await accept(peer)
        peer.send(CLOSE, close_payload(1001, "going away"))
        assert await peer.frame() == (CLOSE, struct.pack("!H", 1001))

    async with connected(exchange) as (_, recorder, _):
        await recorder.until(lambda seen: seen.failure != "")
    assert recorder.failure == "the server closed: 1001 going away"


async def test_a_client_that_is_not_connected_has_no_bytes() -> None:
    client = EchoSocketIoClient(Subscription(url="ws://127.0.0.1:1/", recorder=Witness()))
    with pytest.raises(OSError, match="127.0.0.1"):
        await client.connect()
    assert client.byte_counts().connections == 0
    await client.close()
