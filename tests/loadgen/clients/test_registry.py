"""One contract for all clients, each against the real server in a process of its own."""

import asyncio
from collections.abc import Iterator
from time import monotonic_ns

import pytest

from feed.process import loop_factory
from feed.schedule import events
from feed.spec import FeedSpec
from feed.transport import WEBSOCKET, names, parsed
from loadgen.clients.client import Client, Subscription
from loadgen.clients.registry import CLIENTS
from loadgen.recording.byte_counters import ByteCounts
from loadgen.runfile.scenario import HeaderProfile
from loadgen.under_test.server import Server
from tests.loadgen.witness import Witness

TRANSPORTS = [name for name in names("feed") if not parsed(name).traits.on_node]
FEED = FeedSpec(rate_per_s=400.0, payload="log-normal", payload_bytes=150)
EVENTS = 40


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    """Of all transports of one server, which pushes FEED from its start on."""
    with Server({"transports": TRANSPORTS, "feed": FEED, "autostart": True}) as server:
        yield server.ready.urls


def run(transport: str, url: str, loop: str, **options: object) -> tuple[Witness, ByteCounts]:
    """A client that takes EVENTS events and closes: what it recorded, and all of its bytes."""
    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        return runner.run(_run(transport, url, **options))


async def _run(transport: str, url: str, **options: object) -> tuple[Witness, ByteCounts]:
    recorder = Witness()
    client: Client = CLIENTS[parsed(transport).protocol](
        Subscription(url=url, recorder=recorder, interval_ns=10_000_000, **options)  # type: ignore[arg-type]
    )
    await client.connect()
    client.start(monotonic_ns())
    await recorder.until(lambda seen: seen.received >= EVENTS)
    await client.close()
    return recorder, client.byte_counts()


def test_every_transport_has_a_client() -> None:
    assert set(CLIENTS) == {parsed(transport).protocol for transport in TRANSPORTS}


@pytest.mark.parametrize("headers", ["minimal", "chrome", "quantum-2010"])
@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_receives_every_event_and_counts_every_byte(
    urls: dict[str, str], transport: str, loop: str, headers: HeaderProfile
) -> None:
    recorder, counts = run(transport, urls[transport], loop, headers=headers)
    received = recorder.arrivals()[:, :2].tolist()
    plan = zip(events(FEED), received, strict=False)
    assert [[event.seq, event.due] for event, _ in plan] == received
    assert recorder.failure == ""
    assert counts.connections == (2 if transport == "socketio-polling" else 1)
    assert counts.down_protocol_bytes >= recorder.message_bytes
    assert counts.up_tcp_bytes in (counts.up_protocol_bytes, None)
    assert counts.down_tcp_bytes in (counts.down_protocol_bytes, None)


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("transport", [t for t in TRANSPORTS if parsed(t).protocol != WEBSOCKET])
def test_counts_every_byte_of_every_connection(
    urls: dict[str, str], transport: str, loop: str
) -> None:
    recorder, counts = run(transport, urls[transport], loop, keep_alive=False)
    assert counts.connections >= len(recorder.requests())
    assert counts.up_tcp_bytes in (counts.up_protocol_bytes, None)
    assert counts.down_tcp_bytes in (counts.down_protocol_bytes, None)
