"""TLS, compression and batching, each client against the real server in a process of its own."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from time import monotonic_ns
from typing import Any

import pytest

from feed.process import loop_factory
from feed.schedule import events
from feed.spec import FeedSpec
from feed.transport import names, parsed
from loadgen.clients.client import Client, Subscription
from loadgen.clients.registry import CLIENTS
from loadgen.recording.byte_counters import ByteCounts
from loadgen.runfile.scenario import (
    HeaderProfile,
    HttpSpec,
    Scenario,
    WebSocketSpec,
)
from loadgen.under_test.certificate import client_context, issued
from loadgen.under_test.server import Server, settings
from tests.loadgen.witness import Witness

TRANSPORTS = [name for name in names("feed") if not parsed(name).traits.on_node]
FEED = FeedSpec(rate_per_s=400.0, payload="log-normal", payload_bytes=600)
EVENTS = 40
NEVER_COMPRESSED = ("sse", "tcp")
Case = tuple[dict[str, str], HttpSpec, str]

CASES = {
    "plain": Scenario(feed=FEED),
    "tls": Scenario(feed=FEED, http=HttpSpec(tls=True)),
    "compression": Scenario(feed=FEED, http=HttpSpec(compression=True)),
    "both": Scenario(feed=FEED, http=HttpSpec(compression=True, tls=True)),
    "batches": Scenario(feed=FEED, websocket=WebSocketSpec(batch_ms=20)),
    "all": Scenario(
        feed=FEED,
        http=HttpSpec(compression=True, tls=True),
        websocket=WebSocketSpec(batch_ms=20),
    ),
}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """A server of all transports that publishes from its start on: its URLs and its switches."""
    scenario = CASES[request.param]
    with ExitStack() as stack:
        certificate = stack.enter_context(issued("127.0.0.1")) if scenario.http.tls else None
        without = "refused" if scenario.http.compression else None
        chosen = [t for t in TRANSPORTS if parsed(t).traits.compression != without]
        tls = certificate and certificate.files
        asked = settings(scenario, *chosen, headers="minimal", autostart=True, tls=tls)
        ready = stack.enter_context(Server(asked)).ready
        yield ready.urls, scenario.http, certificate.authority if certificate else ""


def run(transport: str, case: Case, loop: str, **options: Any) -> tuple[Witness, ByteCounts]:
    """A client that takes EVENTS events and closes: what it recorded, and all of its bytes."""
    urls, http, authority = case
    subscription = Subscription(
        url=urls[transport],
        recorder=Witness(),
        interval_ns=10_000_000,
        compression=http.compression,
        tls=client_context(authority),
    )
    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        return runner.run(_run(transport, replace(subscription, **options)))


async def _run(transport: str, subscription: Subscription) -> tuple[Witness, ByteCounts]:
    recorder = subscription.recorder
    assert isinstance(recorder, Witness)
    client: Client = CLIENTS[parsed(transport).protocol](subscription)
    await client.connect()
    client.start(monotonic_ns())
    await recorder.until(lambda seen: seen.received >= EVENTS or bool(seen.failure))
    await client.close()
    return recorder, client.byte_counts()


@pytest.mark.parametrize("headers", ["minimal", "chrome", "quantum-2010"])
@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_event_comes_once_and_every_layer_holds_the_one_before(
    case: Case, transport: str, loop: str, headers: HeaderProfile
) -> None:
    urls, http, authority = case
    if transport not in urls:
        pytest.skip("its library does not compress")
    recorder, counts = run(transport, case, loop, headers=headers)
    assert recorder.failure == ""
    received = recorder.arrivals()[:, :2].tolist()
    plan = zip(events(FEED), received, strict=False)
    assert [[event.seq, event.due] for event, _ in plan] == received
    assert urls[transport].startswith(("https://", "wss://", "tcps://")) == http.tls
    if http.compression and transport not in NEVER_COMPRESSED:
        assert counts.down_protocol_bytes < recorder.message_bytes * 0.9
    else:
        assert counts.down_protocol_bytes > recorder.message_bytes
    for tcp_bytes, protocol_bytes in (
        (counts.up_tcp_bytes, counts.up_protocol_bytes),
        (counts.down_tcp_bytes, counts.down_protocol_bytes),
    ):
        assert tcp_bytes is None or (tcp_bytes > protocol_bytes) == bool(authority)
        assert authority or tcp_bytes in (protocol_bytes, None)


@pytest.mark.parametrize("transport", ["short-poll", "long-poll", "socketio-polling"])
def test_each_poll_may_have_a_connection_of_its_own(case: Case, transport: str) -> None:
    recorder, counts = run(transport, case, "uvloop", keep_alive=False)
    assert recorder.failure == ""
    assert len(recorder.failed_requests()) == 0
    assert counts.connections >= len(recorder.requests())
    assert counts.down_tcp_bytes is None or counts.down_tcp_bytes >= counts.down_protocol_bytes


@pytest.mark.parametrize("case", ["tls"], indirect=True)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_certificate_of_another_authority_is_refused(case: Case, transport: str) -> None:
    urls, http, _ = case
    with (
        issued("127.0.0.1") as stranger,
        pytest.raises(OSError, match=r"(?i)certificate.verify.failed"),
    ):
        run(transport, (urls, http, stranger.authority), "uvloop")
