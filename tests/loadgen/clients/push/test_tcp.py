import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic_ns

import pytest

from loadgen.clients.client import Subscription
from loadgen.clients.push.tcp import TcpClient
from tests.loadgen.peer import event
from tests.loadgen.witness import Witness, scripted

TOLD = 1 << 31
GAP = b'{"error":"gap","after":0,"first_seq":5,"last_seq":9}'


def frame(message: bytes, mark: int = 0) -> bytes:
    return struct.pack(">I", len(message) | mark) + message


class Server:
    """One connection after another: takes a request, writes the parts that are next in turn."""

    def __init__(self, *turns: list[bytes], ends: bool = False) -> None:
        self._turns = list(turns)
        self._ends = ends
        self.requests: list[bytes] = []
        self.down_bytes = sum(len(part) for turn in turns for part in turn)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readexactly(4)
        self.requests.append(await reader.readexactly(*struct.unpack(">I", head)))
        for part in self._turns.pop(0):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        if not self._ends:
            await reader.read()


@asynccontextmanager
async def subscribed(server: Server) -> AsyncIterator[tuple[TcpClient, Witness]]:
    async with scripted(server) as port:
        recorder = Witness()
        client = TcpClient(Subscription(url=f"tcp://127.0.0.1:{port}/tcp", recorder=recorder))
        await client.connect()
        client.start(monotonic_ns())
        yield client, recorder
        await client.close()


async def test_records_every_event_and_every_byte() -> None:
    lengths = (1, 80, 65_000, 1_000_000)
    server = Server([frame(event(seq, "x" * n)) for seq, n in enumerate(lengths, start=1)])
    before_ns = monotonic_ns()
    async with subscribed(server) as (client, recorder):
        await recorder.until(lambda seen: seen.received == 4)
        await client.close()
        counts = client.byte_counts()
    seq, due, sizes, received_ns = recorder.arrivals().T
    assert seq.tolist() == [1, 2, 3, 4]
    assert due.tolist() == [10, 20, 30, 40]
    assert sizes.tolist() == [len(event(s, "x" * n)) for s, n in enumerate(lengths, start=1)]
    assert before_ns < received_ns[0] <= received_ns[-1] < monotonic_ns()
    assert server.requests == [b'{"after":0}']
    assert (counts.up_protocol_bytes, counts.down_protocol_bytes) == (4 + 11, server.down_bytes)
    assert counts.up_tcp_bytes in (counts.up_protocol_bytes, None)
    assert counts.down_tcp_bytes in (counts.down_protocol_bytes, None)
    assert recorder.failure == ""


@pytest.mark.parametrize("step", [1, 3, 50, 1_000])
async def test_frames_may_be_cut_anywhere(step: int) -> None:
    raw = b"".join(frame(event(seq)) for seq in range(1, 6))
    server = Server([raw[at : at + step] for at in range(0, len(raw), step)])
    async with subscribed(server) as (_, recorder):
        await recorder.until(lambda seen: seen.received == 5)
    assert recorder.arrivals()[:, 0].tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("cut", [2, 4, 20, 100])
async def test_carries_on_behind_a_gap(cut: int) -> None:
    last = frame(GAP, TOLD)
    server = Server([frame(event(1)), last[:cut], last[cut:]], [frame(event(10))])
    async with subscribed(server) as (client, recorder):
        await recorder.until(lambda seen: seen.received == 2)
        await client.close()
        counts = client.byte_counts()
    assert server.requests == [b'{"after":0}', b'{"after":9}']
    assert (recorder.gaps, recorder.failure) == (1, "")
    assert counts.connections == 2
    assert counts.down_protocol_bytes == server.down_bytes
    assert counts.down_tcp_bytes in (counts.down_protocol_bytes, None)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(frame(b'{"error":"no such"}', TOLD), "server said: no such", id="error"),
        pytest.param(frame(b'{"error":"gap"}', TOLD), "server said: gap", id="unclear gap"),
        pytest.param(frame(b"hello", TOLD), "no event: b'hello'", id="told no JSON"),
        pytest.param(frame(b"hello"), "no event: b'hello'", id="no JSON"),
        pytest.param(frame(b'{"seq":1}'), "no event", id="no event"),
        pytest.param(frame(b"\xff"), "no event", id="no UTF-8"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", "a frame of 1213486160 bytes", id="HTTP"),
        pytest.param(b"\xff\xff\xff\xff", "a frame of 4294967295 bytes", id="too long"),
    ],
)
async def test_is_lost_for_good_with_a_reason(raw: bytes, reason: str) -> None:
    async with subscribed(Server([raw])) as (_, recorder):
        await recorder.until(lambda seen: seen.failure != "")
    assert reason in recorder.failure


async def test_a_connection_that_is_cut_is_lost() -> None:
    async with subscribed(Server([frame(event(1))[:9]], ends=True)) as (_, recorder):
        await recorder.until(lambda seen: seen.failure != "")
    assert recorder.failure == "the connection was lost"


async def test_fails_for_good_where_the_server_is_gone_after_a_gap() -> None:
    async with subscribed(Server([frame(GAP, TOLD)])) as (client, recorder):
        client._connections._addresses = []
        await recorder.until(lambda seen: seen.failure != "")
    assert recorder.failure == "cannot connect: the host has no address"


async def test_closes_twice_and_before_it_was_connected() -> None:
    client = TcpClient(Subscription(url="tcp://127.0.0.1:1/tcp", recorder=Witness()))
    await client.close()
    async with subscribed(Server([])) as (client, recorder):
        await client.close()
        final = client.byte_counts()
        await client.close()
        assert client.byte_counts() == final
    assert recorder.failure == ""
