"""A relay process between bare sockets: what comes out is what went in, later and in order."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic_ns

import msgspec
import pytest

from loadgen.runfile.scenario import LinkSpec
from loadgen.under_test.child_process import Child
from loadgen.under_test.link.path import Listening
from loadgen.under_test.link.relay import Route

MS = 1_000_000


@contextmanager
def relay(*routes: Route) -> Iterator[list[tuple[str, int]]]:
    """A relay's addresses, in the order of its routes."""
    command = [sys.executable, "-m", "loadgen.under_test.link.relay"]
    command += [msgspec.json.encode(route).decode() for route in routes]
    with Child("the relay", command, Listening) as child:
        pairs = [address.rpartition(":") for address in child.ready.addresses]
        yield [(host, int(port)) for host, _, port in pairs]


@contextmanager
def joined(**link: float) -> Iterator[tuple[socket.socket, socket.socket]]:
    """The client's and the server's end of one relayed connection."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        host, port = listener.getsockname()
        spec = msgspec.convert(link, LinkSpec)
        [address] = stack.enter_context(relay(Route(f"{host}:{port}", link=spec)))
        client = stack.enter_context(socket.create_connection(address, 20))
        server = stack.enter_context(listener.accept()[0])
        server.settimeout(20)
        yield client, server


def everything(sock: socket.socket) -> bytes:
    """What comes until the other side's end."""
    return b"".join(iter(lambda: sock.recv(65_536), b""))


LINKS: list[dict[str, float]] = [
    {},
    {"rtt_ms": 20, "jitter_ms": 10},
    {"rtt_ms": 5, "bandwidth_bit_per_s": 400_000_000},
]


@pytest.mark.parametrize("link", LINKS, ids=str)
def test_carries_every_byte_both_ways_and_the_end_after_it(link: dict[str, float]) -> None:
    up, down = bytes(range(256)) * 20_000, bytes(reversed(range(256))) * 20_000
    with joined(**link) as (client, server):
        senders = [
            threading.Thread(target=_send_all, args=(sock, data))
            for sock, data in ((client, up), (server, down))
        ]
        received: list[bytes] = []
        reader = threading.Thread(target=lambda: received.append(everything(server)))
        for thread in (*senders, reader):
            thread.start()
        assert everything(client) == down
        for thread in (*senders, reader):
            thread.join()
        assert received == [up]


def _send_all(sock: socket.socket, data: bytes) -> None:
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)


def test_half_closed_the_other_direction_goes_on() -> None:
    with joined(rtt_ms=10) as (client, server):
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        assert everything(server) == b"question"
        server.sendall(b"answer")
        server.close()
        assert everything(client) == b"answer"


def test_nothing_comes_early_and_connecting_costs_a_round_trip() -> None:
    before_ns = monotonic_ns()
    with joined(rtt_ms=80) as (client, server):
        client.sendall(b"1")
        assert server.recv(1) == b"1"
        server.sendall(b"2")
        assert monotonic_ns() - before_ns >= 120 * MS
        assert client.recv(1) == b"2"
        assert monotonic_ns() - before_ns >= 160 * MS
        for sender, receiver in ((client, server), (server, client)):
            sent_ns = monotonic_ns()
            sender.sendall(b"3")
            assert receiver.recv(1) == b"3"
            assert monotonic_ns() - sent_ns >= 40 * MS


def test_a_reset_is_passed_on() -> None:
    with joined(rtt_ms=10) as (client, server):
        client.sendall(b"?")
        assert server.recv(1) == b"?"
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        server.close()
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_a_server_that_is_not_there_resets_the_client() -> None:
    with (
        relay(Route("127.0.0.1:1")) as [address],
        pytest.raises(ConnectionResetError),  # as it connects, or as it reads
        socket.create_connection(address, 20) as client,
    ):
        client.recv(1)


def test_a_reader_that_does_not_read_stops_the_writer() -> None:
    with joined() as (client, _):
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.sendall(b"x" * 200_000_000)


def test_each_route_has_its_own_link() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        to = "{}:{}".format(*listener.getsockname())
        far = Route(to, link=LinkSpec(rtt_ms=5_000))
        with (
            relay(far, Route(to)) as [_, near],
            socket.create_connection(near, 4) as client,
            listener.accept()[0] as server,
        ):
            server.sendall(b"at once")
            assert client.recv(7) == b"at once"


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        ("nonsense", "malformed"),
        ('{"to": "nowhere"}', "to"),
        ('{"to": "127.0.0.1:1", "link": {"rtt_ms": -1}}', "rtt_ms"),
        ('{"to": "127.0.0.1:1", "port": 70000}', "port"),
    ],
)
def test_a_bad_route_is_one_line_and_exit_2(route: str, reason: str) -> None:
    done = _run(route)
    assert done.returncode == 2
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_taken_port_is_one_line_and_exit_3() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = _run(json.dumps({"to": "127.0.0.1:1", "port": taken.getsockname()[1]}))
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1


def test_it_ends_with_its_standard_input() -> None:
    done = _run(json.dumps({"to": "127.0.0.1:1"}))
    assert done.returncode == 0
    assert json.loads(done.stdout)["addresses"]


def _run(route: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "loadgen.under_test.link.relay", route],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
