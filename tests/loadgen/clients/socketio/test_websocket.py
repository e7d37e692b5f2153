import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic_ns

import pytest

from loadgen.clients.client import Subscription
from loadgen.clients.socketio.websocket import SocketIoWebSocketClient
from loadgen.runfile.scenario import HeaderProfile
from tests.loadgen.clients.push.test_websocket import assert_counted
from tests.loadgen.peer import CLOSE, PING, PONG, TEXT, Exchange, Peer, close_payload, event, frame
from tests.loadgen.peer import serving as websocket_serving
from tests.loadgen.witness import Witness

OPEN = b'0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000}'


def packet(seq: int, text: str = "text") -> bytes:
    return b'42["event",' + event(seq, text) + b"]"


@asynccontextmanager
async def serving(*exchanges: Exchange) -> AsyncIterator[tuple[str, list[Peer]]]:
    async with websocket_serving(*exchanges) as (url, peers):
        yield url.replace("/websocket", "/socket.io/"), peers


@asynccontextmanager
async def subscribed(
    exchange: Exchange, headers: HeaderProfile = "minimal"
) -> AsyncIterator[tuple[SocketIoWebSocketClient, Witness, Peer]]:
    async with serving(exchange) as (url, peers):
        recorder = Witness()
        client = SocketIoWebSocketClient(Subscription(url=url, recorder=recorder, headers=headers))
        await client.connect()
        client.start(monotonic_ns())
        yield client, recorder, peers[0]
        await client.close()


async def accept(peer: Peer) -> None:
    await peer.shake_hands()
    peer.send(TEXT, OPEN)
    assert await peer.frame() == (TEXT, b'40{"after":0}')
    peer.send(TEXT, b'40{"sid":"xyz"}')


@pytest.mark.parametrize("headers", ["minimal", "chrome", "quantum-2010"])
async def test_records_every_event_and_every_byte(headers: HeaderProfile) -> None:
    lengths = (1, 80, 200, 65_000, 70_000)

    async def exchange(peer: Peer) -> None:
        await accept(peer)
        for seq, length in enumerate(lengths, start=1):
            peer.send(TEXT, packet(seq, "x" * length))
        await peer.end()

    async with subscribed(exchange, headers) as (client, recorder, peer):
        await recorder.until(lambda seen: seen.received == 5)
        await client.close()
        assert_counted(client, peer)
    seq, due, sizes, _ = recorder.arrivals().T
    assert seq.tolist() == [1, 2, 3, 4, 5]
    assert due.tolist() == [10, 20, 30, 40, 50]
    assert sizes.tolist() == [len(event(s, "x" * n)) for s, n in enumerate(lengths, start=1)]
    assert recorder.failure == ""
    assert peer.head.startswith("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n")


async def test_answers_both_kinds_of_ping_and_counts_them() -> None:
    async def exchange(peer: Peer) -> None:
        await accept(peer)
        peer.send(TEXT, b"2")
        assert await peer.frame() == (TEXT, b"3")
        peer.send(PING, b"42")
        assert await peer.frame() == (PONG, b"42")
        peer.send(TEXT, packet(1))
        await peer.end()

    async with subscribed(exchange) as (client, recorder, peer):
        await recorder.until(lambda seen: seen.received == 1)
        await client.close()
        assert_counted(client, peer)


async def test_carries_on_behind_a_gap_over_the_same_connection() -> None:
    async def exchange(peer: Peer) -> None:
        await accept(peer)
        peer.send(TEXT, b'42["gap",{"first_seq":5,"last_seq":9}]')
        peer.send(TEXT, b"41")
        assert await peer.frame() == (TEXT, b'40{"after":9}')
        peer.send(TEXT, b'40{"sid":"uvw"}')
        peer.send(TEXT, packet(10))
        await peer.end()

    async with subscribed(exchange) as (client, recorder, peer):
        await recorder.until(lambda seen: seen.received == 1)
        await client.close()
        assert_counted(client, peer)
    assert recorder.gaps == 1
    assert recorder.failure == ""


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(frame(CLOSE, close_payload(1002)), "the server closed: 1002", id="closed"),
        pytest.param(b"", "the connection was lost", id="lost"),
        pytest.param(frame(TEXT, b"41"), "the server disconnected", id="disconnected"),
        pytest.param(frame(TEXT, b"1"), "closed the session", id="session closed"),
        pytest.param(frame(TEXT, b"hello"), "no sense: b'hello'", id="no packet"),
        pytest.param(frame(TEXT, b"\xff"), "no sense", id="no UTF-8"),
        pytest.param(frame(0x2, packet(1)), "a frame that is no event", id="binary"),
    ],
)
async def test_is_lost_for_good_with_a_reason(raw: bytes, reason: str) -> None:
    async def exchange(peer: Peer) -> None:
        await accept(peer)
        peer.write(raw)
        if raw:
            kind, _ = await peer.frame()
            assert kind == CLOSE

    async with subscribed(exchange) as (client, recorder, _):
        await recorder.until(lambda seen: seen.failure != "")
        await client.close()
    assert reason in recorder.failure


async def _refuses(peer: Peer) -> None:
    await peer.shake_hands()
    peer.send(TEXT, OPEN)
    await peer.frame()
    peer.send(TEXT, b'44{"message":"not from here"}')
    await peer.end()


async def _closes(peer: Peer) -> None:
    await peer.shake_hands()
    peer.send(TEXT, OPEN)


async def _says_nothing(peer: Peer) -> None:
    await peer.shake_hands()
    await peer.end()


@pytest.mark.parametrize(
    ("exchange", "reason"),
    [(_refuses, "refused: not from here"), (_closes, "lost"), (_says_nothing, "no answer")],
)
async def test_a_handshake_that_fails_is_an_os_error(
    exchange: Exchange, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if exchange is _says_nothing:
        monkeypatch.setattr("loadgen.clients.socketio.websocket.ACCEPTED_WITHIN_S", 0.01)
    async with serving(exchange) as (url, _):
        client = SocketIoWebSocketClient(Subscription(url=url, recorder=Witness()))
        with pytest.raises(OSError, match=reason):
            await client.connect()
        await client.close()


async def test_closes_twice_and_before_it_was_connected() -> None:
    client = SocketIoWebSocketClient(Subscription(url="ws://127.0.0.1:1/", recorder=Witness()))
    await client.close()

    async def exchange(peer: Peer) -> None:
        await accept(peer)
        await peer.end()

    async with subscribed(exchange) as (client, _, _):
        await client.close()
        final = client.byte_counts()
        await asyncio.sleep(0)
        await client.close()
        assert client.byte_counts() == final
