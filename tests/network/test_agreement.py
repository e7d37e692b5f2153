"""Our figures against two other meters: the network interface's counters and a packet capture.

Server and clients are on two hosts (namespaces), offloads off, so that a segment is a packet. Two
clients poll each 500 ms, at 125 and 375 ms into each interval; events are due at 250 ms and each
500 ms after: nothing moves within 100 ms of the window's ends, and the capture can be cut there.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import msgspec
import pytest

from feed.spec import FeedSpec
from loadgen.runfile.figures import Layers, Traffic
from loadgen.runfile.scenario import ClientsSpec, HttpSpec, PollSpec, Scenario, TrialSpec
from loadgen.under_test.certificate import issued
from loadgen.under_test.link.netem import Place
from loadgen.under_test.server import Server, settings
from tests.network.drive import Driven, Order
from tests.network.frames import ETHERNET_HEADER_BYTES, SYN, Packet, stream_bytes
from tests.network.lab import Capture, Host, joined, missing, refused, run

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=missing() or "it can be done here"),
    pytest.mark.network,
    pytest.mark.alone,
]

BASE = Scenario(
    feed=FeedSpec(schedule="constant", rate_per_s=2.0, payload_bytes=120),
    clients=ClientsSpec(count=2, headers="chrome", workers=1),
    poll=PollSpec(interval_s=0.5),
    trial=TrialSpec(warmup_s=0.5, duration_s=1.5, drain_s=2.0, rounds=1),
)


def scenario(payload_bytes: int = 120, *, keep_alive: bool = True, tls: bool = False) -> Scenario:
    feed = msgspec.structs.replace(BASE.feed, payload_bytes=payload_bytes)
    poll = msgspec.structs.replace(BASE.poll, keep_alive=keep_alive)
    return msgspec.structs.replace(BASE, feed=feed, poll=poll, http=HttpSpec(tls=tls))


CASES = {
    "short-poll": ("short-poll", scenario()),
    "short-poll, a connection each": ("short-poll", scenario(keep_alive=False)),
    "long-poll": ("long-poll", scenario()),
    "long-poll, a connection each": ("long-poll", scenario(keep_alive=False)),
    "websocket": ("websocket", scenario()),
    "sse": ("sse", scenario()),
    "tcp": ("tcp", scenario()),
    "socketio-polling": ("socketio-polling", scenario()),
    "socketio-websocket": ("socketio-websocket", scenario()),
    "short-poll, TLS": ("short-poll", scenario(tls=True)),
    "short-poll, a connection each, TLS": ("short-poll", scenario(keep_alive=False, tls=True)),
    "long-poll, TLS": ("long-poll", scenario(tls=True)),
    "websocket, TLS": ("websocket", scenario(tls=True)),
    "sse, TLS": ("sse", scenario(tls=True)),
    "tcp, TLS": ("tcp", scenario(tls=True)),
    "short-poll, events of many segments": ("short-poll", scenario(20_000)),
    "websocket, events of many segments": ("websocket", scenario(20_000)),
    "sse, events of many segments": ("sse", scenario(20_000)),
    "tcp, events of many segments": ("tcp", scenario(20_000)),
}

COUNTERS = ("tx_bytes", "tx_packets", "rx_bytes", "rx_packets")


@dataclass(frozen=True)
class Meters:
    """What each of the three saw of one trial. interface: its counters' growth, by name."""

    ours: Driven
    interface: dict[str, int]
    up: list[Packet]
    down: list[Packet]


@pytest.fixture(scope="module")
def hosts() -> Iterator[tuple[Host, Host]]:
    if reason := refused():
        pytest.skip(reason)
    with joined() as pair:
        yield pair


def measured(transport: str, made: Scenario, server: Host, client: Host) -> Meters:
    before = {name: client.counter(name) for name in COUNTERS}
    with Capture(client) as capture:
        ours = driven(transport, made, server, client)
        interface = {name: client.counter(name) - before[name] for name in COUNTERS}
        seen = capture.packets(interface["tx_packets"] + interface["rx_packets"])
    up = [packet for packet in seen if packet.source == client.address("data")]
    down = [packet for packet in seen if packet.source == server.address("data")]
    assert len(up) + len(down) == len(seen)
    return Meters(ours, interface, up, down)


def driven(transport: str, made: Scenario, server: Host, client: Host) -> Driven:
    """A trial's worker on the client's host, against a server on the other."""
    place = Place(server.address("data"), server.address("control"), tuple(server.command()))
    with ExitStack() as stack:
        certificate = stack.enter_context(issued(place.host)) if made.http.tls else None
        asked = settings(
            made,
            transport,
            host=place.host,
            control_host=place.control_host,
            tls=certificate and certificate.files,
        )
        ready = stack.enter_context(Server(asked, place.within)).ready
        authority = certificate.authority if certificate else ""
        order = Order(transport, made, ready.urls[transport], authority, ready.control)
        command = client.command(sys.executable, "-m", "tests.network.drive")
        return msgspec.json.decode(
            run(*command, stdin=msgspec.json.encode(order).decode()), type=Driven
        )


def row(layers: Layers) -> dict[str, int | None]:
    """Our figures of one direction, by the names that the capture's have."""
    return {
        "segments": layers.segments,
        "syn_segments": layers.syn_segments,
        "tcp_bytes": layers.tcp_bytes,
        "ip_bytes": layers.ip_bytes,
    }


def seen_row(packets: Iterable[Packet]) -> dict[str, int | None]:
    packets = list(packets)
    return {
        "segments": len(packets),
        "syn_segments": sum(bool(packet.flags & SYN) for packet in packets),
        "tcp_bytes": sum(packet.payload_bytes for packet in packets),
        "ip_bytes": sum(packet.ip_bytes for packet in packets),
    }


def counted_row(traffic: Traffic) -> dict[str, int]:
    """What the interface must have counted where our figures are right."""
    counters = {}
    for name, layers in (("tx", traffic.up), ("rx", traffic.down)):
        assert layers.ip_bytes is not None
        assert layers.segments is not None
        counters[f"{name}_bytes"] = layers.ip_bytes + ETHERNET_HEADER_BYTES * layers.segments
        counters[f"{name}_packets"] = layers.segments
    return counters


@pytest.mark.parametrize("case", CASES)
def test_three_meters_agree_to_the_byte_and_to_the_segment(
    case: str, hosts: tuple[Host, Host]
) -> None:
    meters = measured(*CASES[case], *hosts)
    ours = meters.ours
    assert counted_row(ours.whole) == meters.interface
    assert row(ours.whole.up) == seen_row(meters.up)
    assert row(ours.whole.down) == seen_row(meters.down)
    assert ours.whole.up.tcp_bytes == stream_bytes(meters.up)
    assert ours.whole.down.tcp_bytes == stream_bytes(meters.down)
    window = range(ours.window_start_ns, ours.window_end_ns)
    assert row(ours.window.up) == seen_row(p for p in meters.up if p.at_ns in window)
    assert row(ours.window.down) == seen_row(p for p in meters.down if p.at_ns in window)
    assert ours.received == 2 * 3  # or the agreement would be about nothing
    for layers in (ours.whole.up, ours.whole.down):
        assert layers.tcp_bytes is not None
        encrypted = layers.tcp_bytes > layers.protocol_bytes
        assert encrypted or layers.tcp_bytes == layers.protocol_bytes
        assert encrypted == CASES[case][1].http.tls


def test_both_hosts_have_the_same_tcp(hosts: tuple[Host, Host]) -> None:
    for setting in ("net.ipv4.tcp_congestion_control", "net.ipv4.tcp_timestamps"):
        assert len({host.setting(setting) for host in hosts}) == 1
