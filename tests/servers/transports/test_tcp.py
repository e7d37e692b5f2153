import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from feed.event import decode, encode
from feed.history import History
from feed.process import loop_factory
from servers.errors import Refusal
from servers.registry import opened
from servers.settings import ServerSettings, SlowReader
from servers.transports import tcp
from tests.servers import tcp_client
from tests.servers.conftest import Open
from tests.servers.events import event, extend

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
ALL = tcp_client.request(None)


@asynccontextmanager
async def connected(url: str, *first: bytes) -> AsyncIterator[Ends]:
    """A connection on which these bytes were sent."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.writelines(first)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def seq_of(ends: Ends) -> int:
    is_event, message = await tcp_client.frame(ends[0])
    assert is_event
    return decode(message).seq


async def error_of(ends: Ends) -> str:
    """What the last frame tells, behind which the server closes."""
    is_event, message = await tcp_client.frame(ends[0])
    assert not is_event
    assert await ends[0].read() == b""
    error: str = json.loads(message)["error"]
    return error


def test_a_frame_says_its_length_and_whether_it_is_an_event() -> None:
    assert tcp.event(b'{"seq":1}') == b'\x00\x00\x00\x09{"seq":1}'
    assert tcp.refused("gap", last_seq=9) == b'\x80\x00\x00\x1c{"error":"gap","last_seq":9}'


def test_a_request_is_taken_when_it_is_whole() -> None:
    whole = tcp_client.request("17")
    assert [tcp.first(whole[:end]) for end in range(len(whole))] == [None] * len(whole)
    assert tcp.first(whole) == tcp.first(whole + b"more") == b'{"after":17}'


@pytest.mark.parametrize("first", [b"\x00\x00\x04\x01", b"\x80\x00\x00\x02", b"GET / HTTP/1.1"])
def test_too_long_a_request_is_refused_before_it_is_whole(first: bytes) -> None:
    with pytest.raises(Refusal, match="a length of at most 1024 bytes, not"):
        tcp.first(first)


async def test_an_event_is_its_length_and_its_json(serving: Open) -> None:
    history = History()
    extend(history, 1)
    urls = await serving(history, "tcp")
    assert urls["tcp"].startswith("tcp://")
    assert urls["tcp"].endswith("/tcp")
    async with connected(urls["tcp"], ALL) as (reader, _):
        for seq in (1, 2):
            message = encode(event(seq))
            framed = tcp_client.framed(message)
            assert await reader.readexactly(len(framed)) == framed
            extend(history, 1)


BAD = {
    "no JSON": tcp_client.framed(b"hello"),
    "no UTF-8": tcp_client.framed(b'{"after":\xff}'),
    "a list": tcp_client.framed(b"[]"),
    "no such key": tcp_client.framed(b'{"before":1}'),
    "null": tcp_client.framed(b'{"after":null}'),
    "no whole number": tcp_client.framed(b'{"after":1.5}'),
    "nothing": tcp_client.framed(b""),
    "too long": tcp_client.framed(b"x" * 1_025),
    "much too long": tcp_client.framed(b"x" * 1_000_000),
    "HTTP": b"GET /tcp HTTP/1.1\r\nHost: test\r\n\r\n",
}


@pytest.mark.parametrize("bad", BAD)
async def test_a_bad_request_is_told_so_and_nobody_else_notices(serving: Open, bad: str) -> None:
    history = History()
    urls = await serving(history, "tcp")
    async with connected(urls["tcp"], ALL) as good:
        async with connected(urls["tcp"], BAD[bad]) as stranger:
            assert await error_of(stranger)
        extend(history, 1)
        assert await seq_of(good) == 1


async def test_half_a_request_disturbs_nobody(serving: Open) -> None:
    history = History()
    urls = await serving(history, "tcp")
    async with connected(urls["tcp"], ALL) as good, connected(urls["tcp"], ALL[:5]) as half:
        extend(history, 1)
        assert await seq_of(good) == 1
        half[1].write(ALL[5:])
        assert await seq_of(half) == 1


async def test_who_asks_for_nothing_is_not_waited_for(
    serving: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servers.transports.tcp.OPEN_S", 0.0)
    urls = await serving(History(), "tcp")
    async with connected(urls["tcp"]) as silent:
        assert await error_of(silent) == "no request within 0 s"


async def test_what_a_subscriber_says_is_ignored(serving: Open) -> None:
    history = History()
    urls = await serving(history, "tcp")
    async with connected(urls["tcp"], ALL, b"hello" * 1_000, tcp_client.request("-1")) as ends:
        extend(history, 1)
        assert await seq_of(ends) == 1


async def test_a_gap_that_opens_while_it_catches_up_is_told(serving: Open) -> None:
    history = History(10)
    extend(history, 10, "x" * 1_000_000)
    urls = await serving(history, "tcp")
    async with connected(urls["tcp"], ALL) as ends:
        assert await seq_of(ends) == 1
        extend(history, 20)
        # The first ten were on their way already.
        assert [await seq_of(ends) for _ in range(9)] == list(range(2, 11))
        assert await error_of(ends) == "gap"


async def test_a_subscriber_that_left_is_no_burden(serving: Open) -> None:
    history = History()
    urls = await serving(history, "tcp")
    async with connected(urls["tcp"], ALL) as stays:
        async with connected(urls["tcp"], ALL) as leaves:
            extend(history, 1)
            assert await seq_of(leaves) == 1
        extend(history, 100)
        assert [await seq_of(stays) for _ in range(101)] == list(range(1, 102))


async def test_the_end_of_the_server_closes_everyone() -> None:
    async with contextlib.AsyncExitStack() as clients:
        async with opened(ServerSettings(transports=("tcp",)), History()) as urls:
            ends = [
                await clients.enter_async_context(connected(urls["tcp"], first))
                for first in (ALL, ALL[:3], b"") * 10
            ]
        for reader, _ in ends:
            with contextlib.suppress(ConnectionResetError):  # of those it had not yet read
                assert await reader.read() == b""


EVENTS = 600


async def drop_the_slow_reader() -> int:
    """How many events a client got that did not read in time."""
    history = History()
    limit = SlowReader(buffer_bytes=200_000, grace_s=0.0)
    settings = ServerSettings(transports=("tcp",), slow_reader=limit)
    async with opened(settings, history) as urls:
        async with connected(urls["tcp"], ALL) as good, connected(urls["tcp"], ALL) as slow:
            extend(history, 1)
            assert await seq_of(good) == await seq_of(slow) == 1
            for seq in range(2, EVENTS + 1):
                extend(history, 1, "x" * 30_000)
                assert await seq_of(good) == seq
            count = 1
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while await seq_of(slow):
                    count += 1
            return count


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_slow_reader_is_cut_off_and_the_others_go_on(loop: str) -> None:
    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        assert 0 < runner.run(drop_the_slow_reader()) < EVENTS


async def pass_a_burst_by() -> int:
    history = History()
    limit = SlowReader(buffer_bytes=100_000, grace_s=30.0)
    settings = ServerSettings(transports=("tcp",), slow_reader=limit)
    async with opened(settings, history) as urls, connected(urls["tcp"], ALL) as ends:
        extend(history, 1)
        assert await seq_of(ends) == 1
        extend(history, EVENTS, "x" * 30_000)
        return [await seq_of(ends) for _ in range(EVENTS)][-1]


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_burst_over_the_limit_cuts_nobody_off_who_reads(loop: str) -> None:
    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        assert runner.run(pass_a_burst_by()) == EVENTS + 1
