import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic_ns

import pytest

from loadgen.clients.client import Connected, Subscription
from loadgen.clients.push.websocket import WebSocketClient
from loadgen.runfile.scenario import HeaderProfile
from tests.loadgen.peer import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    Exchange,
    Peer,
    close_payload,
    event,
    frame,
    serving,
)
from tests.loadgen.witness import Witness, request_of


@asynccontextmanager
async def subscribed(
    *exchanges: Exchange, headers: HeaderProfile = "minimal"
) -> AsyncIterator[tuple[WebSocketClient, Witness, list[Peer]]]:
    async with serving(*exchanges) as (url, peers):
        recorder = Witness()
        client = WebSocketClient(Subscription(url=url, recorder=recorder, headers=headers))
        await client.connect()
        client.start(monotonic_ns())
        yield client, recorder, peers
        await client.close()


def assert_counted(client: Connected, *peers: Peer) -> None:
    """What the client counts is what its peers saw, and what the kernel counts."""
    counts = client.byte_counts()
    assert counts.up_protocol_bytes == sum(peer.up_bytes for peer in peers)
    assert counts.down_protocol_bytes == sum(peer.down_bytes for peer in peers)
    assert counts.up_tcp_bytes in (counts.up_protocol_bytes, None)
    assert counts.down_tcp_bytes in (counts.down_protocol_bytes, None)
    assert counts.connections == len(peers)


@pytest.mark.parametrize("headers", ["minimal", "chrome", "quantum-2010"])
async def test_records_every_event_and_every_byte(headers: HeaderProfile) -> None:
    async def exchange(peer: Peer) -> None:
        await peer.shake_hands()
        for seq, length in enumerate((1, 80, 200, 65_000, 70_000), start=1):
            peer.send(TEXT, event(seq, "x" * length))
        await peer.end()

    before_ns = monotonic_ns()
    async with subscribed(exchange, headers=headers) as (client, recorder, peers):
        await recorder.until(lambda seen: seen.received == 5)
        await client.close()
        assert_counted(client, *peers)
    seq, due, sizes, received_ns = recorder.arrivals().T
    assert seq.tolist() == [1, 2, 3, 4, 5]
    assert due.tolist() == [10, 20, 30, 40, 50]
    assert sizes.tolist() == [
        len(event(s, "x" * n)) for s, n in enumerate((1, 80, 200, 65_000, 70_000), start=1)
    ]
    assert before_ns < received_ns[0] <= received_ns[-1] < monotonic_ns()
    assert recorder.failure == ""


async def test_asks_for_all_events_with_the_profiles_headers() -> None:
    async def exchange(peer: Peer) -> None:
        await peer.shake_hands()
        await peer.end()

    async with subscribed(exchange, headers="chrome") as (_, _, peers):
        head = peers[0].head
    assert head.startswith("GET /websocket?after=0 HTTP/1.1\r\n")
    assert "\r\nOrigin: http://127.0.0.1:" in head
    assert "Chrome/156" in head


async def test_an_event_right_behind_the_handshake_is_not_lost() -> None:
    async def exchange(peer: Peer) -> None:
        await peer.shake_hands()
        peer.send(TEXT, event(1))
        await peer.end()

    async with subscribed(exchange) as (client, recorder, peers):
        await recorder.until(lambda seen: seen.received == 1)
        await client.close()
        assert_counted(client, *peers)


async def test_answers_pings_and_counts_them() -> None:
    async def exchange(peer: Peer) -> None:
        await peer.shake_hands()
        peer.send(PING, b"are you there")
        assert await peer.frame() == (PONG, b"are you there")
        peer.send(PING)
        assert await peer.frame() == (PONG, b"")
        peer.send(PONG, b"unasked for")
        peer.send(TEXT, event(1))
        await peer.end()

    async with subscribed(exchange) as (client, recorder, peers):
        await recorder.until(lambda seen: seen.received == 1)
        await client.close()
        assert_counted(client, *peers)
    assert recorder.failure == ""


async def test_carries_on_behind_a_gap() -> None:
    async def gap(peer: Peer) -> None:
        await peer.shake_hands()
        peer.send(CLOSE, close_payload(4410, "gap: first_seq=5 last_seq=9"))
        assert await peer.frame() == (CLOSE, close_payload(4410))

    async def feed(peer: Peer) -> None:
        await peer.shake_hands()
        peer.send(TEXT, event(10))
        await peer.end()

    async with subscribed(gap, feed) as (client, recorder, peers):
        await recorder.until(lambda seen: seen.received == 1)
        await client.close()
        assert_counted(client, *peers)
    assert peers[1].head.startswith("GET /websocket?after=9 HTTP/1.1\r\n")
    assert recorder.gaps == 1
    assert recorder.failure == ""


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(frame(CLOSE, close_payload(1013, "too slow")), "1013 too slow", id="closed"),
        pytest.param(frame(CLOSE, b""), "closed: 1005", id="closed without a code"),
        pytest.param(frame(CLOSE, close_payload(4410, "gap?")), "4410 gap?", id="unclear gap"),
        pytest.param(b"", "the connection was lost", id="lost"),
        pytest.param(frame(TEXT, b"hello"), "no event: b'hello'", id="no JSON"),
        pytest.param(frame(TEXT, b'{"seq":1}'), "no event", id="no event"),
        pytest.param(frame(TEXT, b"\xff"), "no event", id="no UTF-8"),
        pytest.param(frame(TEXT, event(1)[:9], final=0), "no event", id="a fragment"),
    ],
)
async def test_is_lost_for_good_with_a_reason(raw: bytes, reason: str) -> None:
    async def exchange(peer: Peer) -> None:
        await peer.shake_hands()
        peer.write(raw)
        if raw:
            kind, _ = await peer.frame()
            assert kind == CLOSE

    async with subscribed(exchange) as (client, recorder, _):
        await recorder.until(lambda seen: seen.failure != "")
        await client.close()
    assert reason in recorder.failure


async def test_fails_for_good_where_the_server_is_gone_after_a_gap() -> None:
    async def gap(peer: Peer) -> None:
        await peer.shake_hands()
        peer.send(CLOSE, close_payload(4410, "gap: first_seq=5 last_seq=9"))
        await peer.frame()

    async def refuse(peer: Peer) -> None:
        await request_of(peer._reader)
        peer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")

    async with subscribed(gap, refuse) as (_, recorder, _):
        await recorder.until(lambda seen: seen.failure != "")
    assert recorder.failure.startswith("cannot connect: ")


async def _says_404(peer: Peer) -> None:
    await request_of(peer._reader)
    peer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


async def _closes(peer: Peer) -> None:
    await request_of(peer._reader)


async def _wants_compression(peer: Peer) -> None:
    await peer.shake_hands("Sec-WebSocket-Extensions: permessage-deflate\r\n")


@pytest.mark.parametrize(
    ("exchange", "reason"),
    [(_says_404, "404"), (_closes, "closed during"), (_wants_compression, "permessage-deflate")],
)
async def test_a_handshake_that_fails_is_an_os_error(exchange: Exchange, reason: str) -> None:
    async with serving(exchange) as (url, _):
        client = WebSocketClient(Subscription(url=url, recorder=Witness()))
        with pytest.raises(OSError, match=reason):
            await client.connect()
        await client.close()


async def test_closes_twice_and_before_it_was_connected() -> None:
    async def exchange(peer: Peer) -> None:
        await peer.shake_hands()
        await peer.end()

    async with serving(exchange) as (url, _):
        client = WebSocketClient(Subscription(url=url, recorder=Witness()))
        await client.close()
        client = WebSocketClient(Subscription(url=url, recorder=Witness()))
        await client.connect()
        await client.close()
        final = client.byte_counts()
        await client.close()
        assert client.byte_counts() == final


async def test_does_not_wait_for_ever_for_the_server_to_close(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("loadgen.clients.connections.sockets.CLOSE_GRACE_S", 0.001)
    never = asyncio.Event()

    async def exchange(peer: Peer) -> None:
        await peer.shake_hands()
        await never.wait()

    async with subscribed(exchange) as (client, recorder, _):
        await client.close()
    assert recorder.failure == ""
