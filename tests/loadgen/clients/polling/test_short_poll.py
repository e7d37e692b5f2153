import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic_ns

import pytest

from feed.event import Event, encode, encode_batch
from loadgen.clients.client import Subscription
from loadgen.clients.polling.short_poll import ShortPollClient
from tests.loadgen.witness import Script, Witness, answer, request_of, scripted

INTERVAL_NS = 4_000_000
HOUR_NS = 3_600_000_000_000
EMPTY = answer(status="204 No Content")
GAP = answer(b'{"error":"gap","after":0,"first_seq":5,"last_seq":9}', status="410 Gone")


def batch(*seqs: int) -> bytes:
    return encode_batch([encode(Event(seq, seq * 10, "text")) for seq in seqs])


@asynccontextmanager
async def polling(
    script: Script, *, interval_ns: int = INTERVAL_NS, keep_alive: bool = True, late_ns: int = 0
) -> AsyncIterator[tuple[ShortPollClient, Witness]]:
    """A client of a scripted server, started `late_ns` after its first slot."""
    async with scripted(script) as port:
        recorder = Witness()
        client = ShortPollClient(
            Subscription(
                url=f"http://127.0.0.1:{port}/short-poll",
                recorder=recorder,
                interval_ns=interval_ns,
                phase_ns=interval_ns // 2,
                keep_alive=keep_alive,
            )
        )
        await client.connect()
        client.start(monotonic_ns() - interval_ns // 2 - late_ns)
        yield client, recorder
        await client.close()


def answering(*answers: bytes, paths: list[str] | None = None) -> Script:
    """These answers, then empty ones for ever; the paths that were asked for go to `paths`."""
    waiting = list(answers)

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await request_of(reader)
            if paths is not None:
                paths.append(head.split(" ")[1])
            writer.write(waiting.pop(0) if waiting else EMPTY)
            if "Connection: close" in head:
                return

    return script


async def test_polls_at_its_slots_and_never_before() -> None:
    async with polling(answering()) as (_, recorder):
        await recorder.until(lambda seen: len(seen.requests()) >= 4)
    planned_ns, sent_ns, received_ns, events = recorder.requests().T
    assert ((planned_ns[1:] - planned_ns[:-1]) % INTERVAL_NS == 0).all()
    assert (sent_ns >= planned_ns).all()
    assert (received_ns > sent_ns).all()
    assert not events.any()


async def test_records_what_an_answer_brings_and_asks_for_what_follows() -> None:
    paths: list[str] = []
    async with polling(answering(answer(batch(1, 2)), answer(batch(3)), paths=paths)) as (
        _,
        recorder,
    ):
        await recorder.until(lambda seen: len(seen.requests()) >= 3)
    assert recorder.arrivals()[:, :2].tolist() == [[1, 10], [2, 20], [3, 30]]
    assert recorder.message_bytes == sum(len(encode(Event(s, s * 10, "text"))) for s in (1, 2, 3))
    assert recorder.requests()[:3, 3].tolist() == [2, 1, 0]
    assert recorder.arrivals()[:, 3].tolist() == recorder.requests()[[0, 0, 1], 2].tolist()
    assert paths[:3] == ["/short-poll?after=0", "/short-poll?after=2", "/short-poll?after=3"]


async def test_an_empty_array_is_an_empty_answer() -> None:
    async with polling(answering(answer(b"[]"))) as (_, recorder):
        await recorder.until(lambda seen: len(seen.requests()) >= 1)
    assert recorder.requests()[0, 3] == 0


async def test_carries_on_behind_a_gap() -> None:
    paths: list[str] = []
    async with polling(answering(GAP, paths=paths)) as (_, recorder):
        await recorder.until(lambda seen: len(seen.requests()) >= 1)
    assert recorder.gaps == 1
    assert len(recorder.failed_requests()) == 1
    assert paths[:2] == ["/short-poll?after=0", "/short-poll?after=9"]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(answer(b"oops", status="500 Internal Server Error"), id="500"),
        pytest.param(answer(b"{"), id="no JSON"),
        pytest.param(answer(b'[{"seq":"one"}]'), id="no event"),
        pytest.param(answer(b"?", status="410 Gone"), id="no gap"),
    ],
)
async def test_a_wrong_answer_is_a_failed_request(wrong: bytes) -> None:
    async with polling(answering(wrong)) as (_, recorder):
        await recorder.until(lambda seen: len(seen.requests()) >= 1)
    assert len(recorder.failed_requests()) == 1
    assert recorder.received == 0
    assert recorder.failure == ""


async def test_leaves_out_slots_while_a_poll_is_out() -> None:
    """One request only, until two slots have gone by."""
    requests = 0
    go_on = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        while await request_of(reader):
            requests += 1
            await go_on.wait()
            writer.write(EMPTY)

    async with polling(script) as (_, recorder):
        await recorder.until(lambda seen: len(seen.missed_ns()) >= 2)
        assert requests == 1
        go_on.set()
        await recorder.until(lambda seen: len(seen.requests()) >= 2)
    planned_ns = sorted([*recorder.missed_ns().tolist(), *recorder.requests()[:, 0].tolist()])
    slots = {(instant - planned_ns[0]) // INTERVAL_NS for instant in planned_ns}
    assert slots == set(range(len(planned_ns)))


async def test_slots_that_passed_in_a_stall_are_missed_but_for_the_latest() -> None:
    late_ns = 3 * HOUR_NS + HOUR_NS // 2
    async with polling(answering(), interval_ns=HOUR_NS, late_ns=late_ns) as (_, recorder):
        await recorder.until(lambda seen: len(seen.requests()) == 1)
    planned_ns, sent_ns, _, _ = recorder.requests()[0].tolist()
    assert recorder.missed_ns().tolist() == [planned_ns - slots * HOUR_NS for slots in (3, 2, 1)]
    assert sent_ns - planned_ns >= HOUR_NS // 2


async def test_a_connection_for_each_poll() -> None:
    async with polling(answering(), keep_alive=False) as (client, recorder):
        await recorder.until(lambda seen: len(seen.requests()) >= 3)
        await client.close()
        counts = client.byte_counts()
        polls = len(recorder.requests())
    assert counts.connections >= polls
    assert counts.down_protocol_bytes == polls * len(EMPTY)
    assert counts.down_tcp_bytes in (counts.down_protocol_bytes, None)
    assert counts.up_tcp_bytes in (counts.up_protocol_bytes, None)


async def test_connects_anew_where_the_server_closed_between_polls() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(EMPTY)

    async with polling(script) as (client, recorder):
        await recorder.until(lambda seen: len(seen.requests()) >= 3)
        assert client.byte_counts().connections >= 3
    assert recorder.failure == ""


async def test_a_poll_that_loses_its_connection_has_failed() -> None:
    connections = 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await request_of(reader):
            if connections == 1:
                return
            writer.write(EMPTY)

    async with polling(script) as (_, recorder):
        await recorder.until(lambda seen: len(seen.requests()) >= 1)
    assert len(recorder.failed_requests()) == 1
    assert recorder.failure == ""


async def test_fails_for_good_where_the_server_is_gone() -> None:
    gone = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone.set()

    async with scripted(script) as port:
        recorder = Witness()
        url = f"http://127.0.0.1:{port}/short-poll"
        client = ShortPollClient(Subscription(url=url, recorder=recorder, interval_ns=INTERVAL_NS))
        await client.connect()
        await gone.wait()
    client.start(monotonic_ns())
    await recorder.until(lambda seen: seen.failure != "")
    assert recorder.failure.startswith("cannot connect: ")
    assert 1 <= len(recorder.failed_requests()) <= 2
    await client.close()


async def test_cannot_connect_to_nobody() -> None:
    async with scripted(answering()) as port:
        pass
    url = f"http://127.0.0.1:{port}/short-poll"
    client = ShortPollClient(Subscription(url=url, recorder=Witness()))
    with pytest.raises(OSError, match="111|[Rr]efused|Connect call failed"):
        await client.connect()
    await client.close()


async def test_close_leaves_a_poll_that_is_out_uncounted() -> None:
    asked = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        asked.set()
        await reader.read()

    async with polling(script) as (client, recorder):
        await asked.wait()
        await client.close()
        await client.close()
    assert len(recorder.requests()) == 0
    assert len(recorder.failed_requests()) == 0
    assert recorder.failure == ""
