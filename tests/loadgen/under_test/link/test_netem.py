"""Lossy links: what is asked of the kernel, and what is said where it cannot do it."""

import os
import shutil
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from feed.errors import InputError
from loadgen.runfile.scenario import LinkSpec
from loadgen.under_test.link import netem
from loadgen.under_test.link.netem import Place, emulation, missing, namespace, place, require
from loadgen.under_test.server import Server

LOSSY = LinkSpec(rtt_ms=80, jitter_ms=10, loss=0.025)
CAN_MAKE_NAMESPACES = sys.platform == "linux" and os.geteuid() == 0 and shutil.which("ip")


def in_a_namespace(test: Callable[[], None]) -> Callable[[], None]:
    """Alone, as its addresses are taken once on a machine."""
    why = "network namespaces need Linux, root and the ip command"
    test = pytest.mark.skipif(not CAN_MAKE_NAMESPACES, reason=why)(test)
    return pytest.mark.network(pytest.mark.alone(test))


def test_without_loss_the_server_runs_here() -> None:
    with place(LinkSpec(rtt_ms=80)) as where:
        assert where == Place()


def test_half_of_the_delay_and_all_of_the_loss_go_each_way() -> None:
    here, there = (" ".join(command) for command in emulation(LOSSY, ("within",)))
    assert here.startswith("tc qdisc add dev pbt")
    assert there.startswith("within tc qdisc add dev pbt")
    assert here.endswith("root netem delay 40ms 10ms loss 2.500000%")
    assert there.endswith("root netem delay 40ms 10ms loss 2.500000%")


def test_a_lossy_link_is_refused_in_one_line_where_there_is_no_netem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(netem, "missing", lambda: "this kernel has none")
    require(LinkSpec(rtt_ms=80))
    with pytest.raises(InputError, match=r"link\.loss needs Linux, root .*: this kernel has none"):
        require(LOSSY)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert missing() == "this system is not Linux"
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert missing() == "this is not root"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert missing() == "there is no ip command"


@in_a_namespace
def test_a_server_in_a_namespace_is_reached_over_its_two_pairs() -> None:
    name = f"pushbench-test-{os.getpid()}"
    with namespace(name) as there:
        server = Server(
            {
                "transports": ["short-poll"],
                "host": there.host,
                "control_host": there.control_host,
            },
            within=there.within,
        )
        with server as started:
            assert started.ready.control.startswith(f"http://{netem.CONTROL_SERVER}:")
            for url in (
                f"{started.ready.urls['short-poll']}?after=0",
                f"{started.ready.control}/clock",
            ):
                with urllib.request.urlopen(url, timeout=10) as answer:
                    assert answer.status in (200, 204)
    assert not Path("/run/netns", name).exists()


@in_a_namespace
@pytest.mark.skipif(bool(missing()), reason=f"no netem: {missing()}")
def test_netem_delays_and_loses() -> None:
    with place(LOSSY) as there:
        shown = os.popen(" ".join([*there.within, "tc qdisc show"])).read()
        assert "netem" in shown
        assert "loss 2.5%" in shown
