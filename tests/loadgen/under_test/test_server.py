"""A server process: started, read, and ended, whatever happens in between; Python and Node."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import msgspec
import psutil
import pytest

from feed.errors import InputError
from loadgen.errors import TrialFailed
from loadgen.run.scenario_loader import load as load_scenario
from loadgen.runfile.run import load
from loadgen.under_test import server as module
from loadgen.under_test.server import Server, node_folder, node_missing, require
from tests.imports import ROOT

ON_NODE = "websocket@nodejs-websocket"
LIBRARIES = {
    ON_NODE: {"nodejs-websocket": "1.7.2"},
    "socketio-websocket@node": {"socket.io": "4.8.4"},
    "socketio-polling@node": {"socket.io": "4.8.4"},
}


def server(port: int = 0) -> Server:
    return Server({"transports": ["short-poll"], "port": port})


def test_a_server_is_reachable_within_its_context_and_gone_after_it() -> None:
    with server() as started:
        pid = started.ready.pid
        with urllib.request.urlopen(f"{started.ready.urls['short-poll']}?after=0") as answer:
            assert answer.status == 204
        started.check()
    assert not psutil.pid_exists(pid)


def test_a_taken_port_is_the_reason_and_nothing_is_left() -> None:
    children = psutil.Process().children()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(TrialFailed, match=rf"exit status 3\).*127\.0\.0\.1:{port}"),
            server(port),
        ):
            pass
    assert psutil.Process().children() == children


def test_a_server_that_is_killed_is_noticed() -> None:
    with server() as started:
        os.kill(started.ready.pid, signal.SIGKILL)
        os.waitid(os.P_PID, started.ready.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet reaped
        with pytest.raises(TrialFailed, match="killed by signal 9"):
            started.check()


@pytest.mark.parametrize("line", ["Hello, I am ready!", '{"pid": 1}'])
def test_a_first_line_that_is_not_a_ready_line_is_refused(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impostor = tmp_path / "python"
    impostor.write_text(f"#!/bin/sh\necho '{line}'\nexec cat\n")
    impostor.chmod(0o755)
    monkeypatch.setattr(sys, "executable", os.fspath(impostor))
    with pytest.raises(TrialFailed, match="not its ready line"), server():
        pass


def test_a_scenario_without_transports_on_node_needs_no_node(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    require(load_scenario("chat"))


def test_without_node_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match=r"node is not installed.*npm ci` in servers/node"):
        require(load_scenario("chat", [f'transports=["{ON_NODE}"]']))


def test_without_the_packages_of_the_servers_on_node_it_is_said_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "index.js").touch()
    monkeypatch.setattr(module, "node_folder", lambda: tmp_path)
    monkeypatch.setattr(module.shutil, "which", lambda name: name)  # type: ignore[attr-defined]
    assert node_missing().startswith("its packages are not installed: `npm ci` in servers/node")


@pytest.mark.parametrize("switch", ["http.tls", "http.compression", "websocket.batch_ms"])
def test_a_switch_that_the_servers_on_node_lack_is_refused(switch: str) -> None:
    value = "5" if switch.endswith("_ms") else "true"
    chosen = load_scenario("chat", [f'transports=["{ON_NODE}"]', f"{switch}={value}"])
    with pytest.raises(InputError, match=f"{ON_NODE}: the servers on Node have no {switch}"):
        require(chosen)


def test_the_lock_file_of_the_servers_on_node_names_no_registry() -> None:
    lock = msgspec.json.decode((node_folder() / "package-lock.json").read_bytes())
    assert all("resolved" not in package for package in lock["packages"].values())


@pytest.mark.node
@pytest.mark.trial
@pytest.mark.parametrize("name", LIBRARIES)
def test_a_trial_of_a_server_on_node_has_all_figures(tmp_path: Path, name: str) -> None:
    if missing := node_missing():
        pytest.skip(missing)
    options = ["clients.count=3", "trial.warmup_s=0.1", "trial.duration_s=0.5", "trial.rounds=1"]
    command = [sys.executable, "-m", "pushbench", "run", "--out", str(tmp_path)]
    command += ["--transport", name]
    for option in (*options, "feed.rate_per_s=40"):
        command += ["--set", option]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (trial,) = load(tmp_path).trials
    assert trial.figures is not None
    counts, figures = trial.figures.deliveries, trial.figures.server
    assert counts.delivered == counts.expected > 0
    assert (counts.lost, counts.duplicates, counts.out_of_order) == (0, 0, 0)
    assert figures is not None
    assert figures.libraries == LIBRARIES[name]
    assert figures.publish_lag is not None
    assert figures.publish_lag.min_ns >= 0
    assert figures.window_end.cpu_ns > figures.window_start.cpu_ns
