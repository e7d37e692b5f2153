"""Packet loss: a network namespace with the kernel's own emulator in it (tc-netem(8)).

A relay cannot lose packets: it sees a TCP stream, in which nothing is ever lost. So the server runs
in a namespace of its own, joined by two veth pairs: one for its transports, with netem at both
ends, one for control.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from feed.errors import InputError
from loadgen.errors import TrialFailed
from loadgen.runfile.scenario import LinkSpec

# As long as 127.0.0.1, so that a Host header has the same size with and without losses.
SERVER = "10.98.7.2"
CLIENTS = "10.98.7.1"
CONTROL_SERVER = "10.98.8.2"
CONTROL_CLIENTS = "10.98.8.1"


@dataclass(frozen=True)
class Place:
    """Where a trial's server runs: its addresses, and the command that starts a program there."""

    host: str = "127.0.0.1"
    control_host: str = "127.0.0.1"
    within: tuple[str, ...] = ()


def require(link: LinkSpec) -> None:
    """Raises InputError where the link needs netem and this system does not have it."""
    if link.loss and (reason := missing()):
        raise InputError(
            f"link.loss needs Linux, root and a kernel with netem (tc qdisc add … netem): {reason}"
        )


def missing() -> str:
    """Why netem does not work here, in a few words; "" where it does."""
    if sys.platform != "linux":
        return "this system is not Linux"
    if os.geteuid() != 0:
        return "this is not root"
    for tool in ("ip", "tc", "unshare"):
        if shutil.which(tool) is None:
            return f"there is no {tool} command"
    attempt = "unshare --net tc qdisc add dev lo root netem delay 1ms"  # in a throwaway namespace
    done = subprocess.run(attempt.split(), capture_output=True)
    return "" if done.returncode == 0 else "this kernel has none"


@contextlib.contextmanager
def place(link: LinkSpec) -> Iterator[Place]:
    """Where the server runs: here, or, where packets are to be lost, behind an emulated link."""
    if not link.loss:
        yield Place()
        return
    with namespace(f"pushbench-{os.getpid()}") as there:
        for command in emulation(link, there.within):
            _run(command)
        yield there


def emulation(link: LinkSpec, within: tuple[str, ...]) -> list[list[str]]:
    """The commands that put netem at both ends of the transports' pair: half of it each way."""
    netem = f"root netem delay {link.rtt_ms / 2:g}ms {link.jitter_ms:g}ms loss {link.loss:%}"
    here, there = (f"tc qdisc add dev {end} {netem}".split() for end in _pair("t"))
    return [here, [*within, *there]]


@contextlib.contextmanager
def namespace(name: str) -> Iterator[Place]:
    """A network namespace of that name, reachable from here; gone after the context.

    Its addresses are fixed: one at a time on a machine. Raises TrialFailed where it cannot be made.
    """
    within = ("ip", "netns", "exec", name)
    _run(["ip", "netns", "add", name])
    try:
        _run([*within, *"ip link set lo up".split()])
        for kind, ours, theirs in (("t", CLIENTS, SERVER), ("c", CONTROL_CLIENTS, CONTROL_SERVER)):
            here, there = _pair(kind)
            _run(f"ip link add {here} type veth peer name {there} netns {name}".split())
            _run(f"ip address add {ours}/24 dev {here}".split())
            _run(f"ip link set {here} up".split())
            _run([*within, *f"ip address add {theirs}/24 dev {there}".split()])
            _run([*within, *f"ip link set {there} up".split()])
        yield Place(SERVER, CONTROL_SERVER, within)
    finally:
        # The pairs go with the namespace that holds one end of each.
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def _pair(kind: str) -> tuple[str, str]:
    """Names of a veth pair's ends, here and there; at most 15 characters each (IFNAMSIZ)."""
    return f"pb{kind}{os.getpid()}h", f"pb{kind}{os.getpid()}t"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise TrialFailed(f"{' '.join(command)}: {' '.join(done.stderr.split())}")
