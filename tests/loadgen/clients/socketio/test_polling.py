"""Against a server that is scripted request by request, over two connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic_ns

import pytest

from feed.event import Event, encode
from loadgen.clients.client import Subscription
from loadgen.clients.socketio.polling import SocketIoPollingClient
from tests.loadgen.witness import Witness, answer, request_of, scripted

OPEN = answer(b'0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000}')
JOINED = answer(b'40{"sid":"xyz"}')
OK = answer(b"OK")


def packets(*seqs: int) -> bytes:
    events = [encode(Event(seq, seq * 10, "text")) for seq in seqs]
    return b"\x1e".join(b'42["event",' + event + b"]" for event in events)


class Site:
    """Answers GETs and POSTs from two lists; a GET after the last of them is held for ever."""

    def __init__(self, gets: list[bytes], posts: list[bytes]) -> None:
        self._gets = gets
        self._posts = posts
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.up_bytes = 0

    async def script(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await request_of(reader)
            self.heads.append(head)
            self.up_bytes += len(head)
            if head.startswith("POST "):
                length = int(head.split("Content-Length: ")[1].split("\r\n")[0])
                self.bodies.append(await reader.readexactly(length))
                self.up_bytes += length
                writer.write(self._posts.pop(0))
            elif self._gets:
                writer.write(self._gets.pop(0))
            else:
                await reader.read()
                return

    @property
    def targets(self) -> list[str]:
        """Of the GETs."""
        return [head.split(" ")[1] for head in self.heads if head.startswith("GET ")]


@asynccontextmanager
async def connected(
    gets: list[bytes], posts: list[bytes], *, keep_alive: bool = True
) -> AsyncIterator[tuple[SocketIoPollingClient, Witness, Site]]:
    site = Site([OPEN, *gets], posts)
    async with scripted(site.script) as port:
        recorder = Witness()
        client = SocketIoPollingClient(
            Subscription(
                url=f"http://127.0.0.1:{port}/socket.io/", recorder=recorder, keep_alive=keep_alive
            )
        )
        try:
            await client.connect()
            client.start(monotonic_ns())
            yield client, recorder, site
        finally:
            await client.close()


async def test_records_every_event_and_every_byte() -> None:
    gets = [JOINED, answer(packets(1)), answer(packets(2, 3))]
    down_bytes = sum(map(len, [OPEN, *gets, OK]))
    async with connected(gets, [OK]) as (client, recorder, site):
        await recorder.until(lambda seen: seen.received == 3 and len(seen.requests()) == 5)
        await client.close()
    counts = client.byte_counts()
    assert recorder.arrivals()[:, 0].tolist() == [1, 2, 3]
    assert recorder.message_bytes == sum(len(encode(Event(s, s * 10, "text"))) for s in (1, 2, 3))
    assert (counts.up_protocol_bytes, counts.down_protocol_bytes) == (site.up_bytes, down_bytes)
    assert counts.up_tcp_bytes in (counts.up_protocol_bytes, None)
    assert counts.down_tcp_bytes in (counts.down_protocol_bytes, None)
    assert counts.connections == 2


async def test_each_get_is_a_request_and_so_is_the_post() -> None:
    gets = [JOINED, answer(b"6"), answer(packets(1, 2)), answer(b"2")]
    async with connected(gets, [OK, OK]) as (_, recorder, site):
        await recorder.until(lambda seen: len(seen.requests()) == 7)
    assert sorted(recorder.requests()[:, 3].tolist()) == [0, 0, 0, 0, 0, 0, 2]
    assert site.bodies == [b'40{"after":0}', b"3"]
    assert recorder.failure == ""


async def test_polls_again_at_once_within_its_session_and_past_any_cache() -> None:
    async with connected([JOINED, answer(packets(1))], [OK]) as (_, recorder, site):
        await recorder.until(lambda seen: len(seen.requests()) == 4)
    query = "/socket.io/?EIO=4&transport=polling&t="
    assert site.targets[0] == f"{query}00000000"
    assert all(target.endswith("&sid=abc") for target in site.targets[1:])
    assert len(set(site.targets)) == len(site.targets)
    post = next(head for head in site.heads if head.startswith("POST "))
    assert "&sid=abc HTTP/1.1\r\n" in post
    assert "Content-Type: text/plain;charset=UTF-8\r\n" in post


async def test_carries_on_behind_a_gap() -> None:
    gap = answer(b'42["gap",{"first_seq":5,"last_seq":9}]\x1e41')
    gets = [JOINED, gap, answer(b'40{"sid":"uvw"}\x1e' + packets(10))]
    async with connected(gets, [OK, OK]) as (_, recorder, site):
        await recorder.until(lambda seen: seen.received == 1 and len(seen.requests()) == 6)
    assert recorder.gaps == 1
    assert site.bodies[1] == b'40{"after":9}'
    assert recorder.failure == ""


async def test_a_connection_for_each_request() -> None:
    gets = [JOINED, answer(packets(1)), answer(packets(2))]
    async with connected(gets, [OK], keep_alive=False) as (client, recorder, site):
        await recorder.until(lambda seen: seen.received == 2)
        assert client.byte_counts().connections >= 5
    assert all("Connection: close" in head for head in site.heads)


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (answer(b'"Invalid session abc"', "400 BAD REQUEST"), "answered 400: b'\"Invalid session"),
        (answer(b"41"), "the server disconnected"),
        (answer(b"1"), "closed the session"),
        (answer(b"hello"), "no sense: b'hello'"),
        (answer(b""), "no sense: b''"),
        (b"HTTP/1.1 what\r\n\r\n", "the connection was lost"),
    ],
)
async def test_is_lost_for_good_with_a_reason(last: bytes, reason: str) -> None:
    async with connected([JOINED, last], [OK]) as (_, recorder, _):
        await recorder.until(lambda seen: seen.failure != "")
    assert reason in recorder.failure


async def test_a_post_that_is_refused_is_the_end() -> None:
    with pytest.raises(OSError, match="answered 400: b'no'"):
        async with connected([], [answer(b"no", "400 BAD REQUEST")]):
            pass


async def test_a_refused_cursor_is_an_os_error() -> None:
    refusal = answer(b'44{"message":"not from here"}')
    with pytest.raises(OSError, match="refused: not from here"):
        async with connected([refusal], [OK]):
            pass


async def test_a_server_that_does_not_answer_is_an_os_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("loadgen.clients.socketio.polling.ACCEPTED_WITHIN_S", 0.01)
    with pytest.raises(OSError, match="no answer to Socket.IO's CONNECT"):
        async with connected([], [OK]):
            pass


async def test_fails_where_no_connection_can_be_made_any_more() -> None:
    site = Site([OPEN, JOINED, answer(packets(1))], [OK])
    recorder = Witness()
    async with scripted(site.script) as port:
        url = f"http://127.0.0.1:{port}/socket.io/"
        client = SocketIoPollingClient(Subscription(url=url, recorder=recorder))
        await client.connect()
        await recorder.until(lambda seen: seen.received == 1)
    await recorder.until(lambda seen: seen.failure != "")
    await client.close()
    assert recorder.failure == "the connection was lost"
    assert len(recorder.failed_requests()) == 1
