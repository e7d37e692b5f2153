"""Two hosts in one: network namespaces joined by two cables, and a capture on the one under test.

The cable `data` carries what is measured and nothing else, `control` the barrier and the figures.
Needs root on Linux, iproute2, ethtool and tcpdump.
"""

import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

from tests.imports import ROOT
from tests.network.frames import Packet, complete, packets

PROGRAMS = ("ip", "ethtool", "tcpdump")
CABLES = {"data": "198.18.0", "control": "198.19.0"}  # RFC 2544: for benchmarks of networks
OFFLOADS = ("rx", "tx", "sg", "tso", "gso", "gro")
HEADERS_BYTES = 128  # of each packet that the capture keeps: all headers, with their options


def missing() -> str:
    """Why this cannot be done here, in one line; "" where it can."""
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if os.geteuid():
        return "network namespaces need root"
    absent = [name for name in PROGRAMS if not shutil.which(name)]
    return f"not installed: {', '.join(absent)}" if absent else ""


def refused() -> str:
    """Why this system makes no namespace, though all is there; "" where it does."""
    probe = f"pushbench-{os.getpid()}-probe"
    done = subprocess.run(("ip", "netns", "add", probe), capture_output=True, text=True)
    if done.returncode:
        return f"no network namespace: {done.stderr.strip()}"
    run("ip", "netns", "del", probe)
    return ""


def run(*command: str, stdin: str = "") -> str:
    """The output of a command that succeeds."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Host:
    """One namespace. number: the last byte of its addresses."""

    name: str
    number: int

    def command(self, *arguments: str) -> list[str]:
        """What runs this command in the namespace; it stays one process."""
        return ["ip", "netns", "exec", self.name, *arguments]

    def address(self, cable: str) -> str:
        return f"{CABLES[cable]}.{self.number}"

    def hardware(self, cable: str) -> str:
        return f"02:00:00:00:{list(CABLES).index(cable):02x}:{self.number:02x}"

    def setting(self, name: str) -> str:
        """A kernel setting of this namespace, such as "net.ipv4.tcp_timestamps"."""
        return run(*self.command("cat", _path(name))).strip()

    def counter(self, name: str) -> int:
        """Of the data cable's end, such as "tx_packets"."""
        return int(run(*self.command("cat", f"/sys/class/net/data/statistics/{name}")))


def _path(setting: str) -> str:
    return f"/proc/sys/{setting.replace('.', '/')}"


@contextmanager
def joined() -> Iterator[tuple[Host, Host]]:
    """A server's and a client's host; nothing is left of them afterwards, whatever happens."""
    name = f"pushbench-{os.getpid()}-{secrets.token_hex(2)}"
    server, client = Host(f"{name}-server", 1), Host(f"{name}-client", 2)
    with ExitStack() as stack:
        for host in (server, client):
            run("ip", "netns", "add", host.name)
            stack.callback(run, "ip", "netns", "del", host.name)
            _be_quiet(host)
        for cable in CABLES:
            _join(cable, server, client)
        yield server, client


def _be_quiet(host: Host) -> None:
    """No host looks for neighbours and routers of its own accord, as with IPv6; and none sends
    a segment again only because its acknowledgement is late, as a tail loss probe would.
    """
    for setting, value in (
        ("net.ipv6.conf.all.disable_ipv6", "1"),
        ("net.ipv6.conf.default.disable_ipv6", "1"),
        ("net.ipv4.tcp_timestamps", "1"),
        ("net.ipv4.tcp_early_retrans", "0"),
    ):
        if os.path.exists(_path(setting)):
            run(*host.command("tee", _path(setting)), stdin=value)
    run("ip", "-n", host.name, "link", "set", "lo", "up")


def _join(cable: str, one: Host, other: Host) -> None:
    end = ("type", "veth", "peer", "name", cable, "address", other.hardware(cable))
    at = ("ip", "-n", one.name, "link", "add", cable, "address", one.hardware(cable))
    run(*at, *end, "netns", other.name)
    for host, peer in ((one, other), (other, one)):
        ip = ("ip", "-n", host.name)
        run(*ip, "address", "add", f"{host.address(cable)}/24", "dev", cable)
        run(*host.command("ethtool", "-K", cable, *(f for o in OFFLOADS for f in (o, "off"))))
        run(*ip, "link", "set", cable, "up")
        # So that none has to ask for the other's hardware address (ARP).
        neighbour = (peer.address(cable), "lladdr", peer.hardware(cable), "dev", cable)
        run(*ip, "neighbour", "replace", *neighbour, "nud", "permanent")


class Capture:
    """What goes over a host's data cable while this context lasts."""

    def __init__(self, host: Host) -> None:
        self._command = host.command("tcpdump", "-i", "data", "-n", "-U", "--immediate-mode")
        self._command += ["-s", str(HEADERS_BYTES), "--time-stamp-precision=nano"]
        self._command += ["-B", "16384", "-Z", "root", "-w", "-"]
        self._seen = bytearray()
        self._more = threading.Condition()
        self._over = False

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self._tcpdump = subprocess.Popen(self._command, stdout=pipe, stderr=pipe)
        assert self._tcpdump.stdout is not None
        assert self._tcpdump.stderr is not None
        for line in self._tcpdump.stderr:
            if b"listening on" in line:
                break
        reading = (self._tcpdump.stdout,)
        self._reader = threading.Thread(target=self._read, args=reading, daemon=True)
        self._reader.start()
        return self

    def packets(self, expected: int) -> list[Packet]:
        """Wait for so many packets to be captured; then all of them, in order."""
        with self._more:
            self._more.wait_for(lambda: self._over or complete(self._seen) >= expected, 10)
            return packets(bytes(self._seen))

    def _read(self, stdout: IO[bytes]) -> None:
        while part := os.read(stdout.fileno(), 65536):
            with self._more:
                self._seen += part
                self._more.notify_all()
        with self._more:
            self._over = True
            self._more.notify_all()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._tcpdump.terminate()
        self._reader.join()
        self._tcpdump.communicate()
