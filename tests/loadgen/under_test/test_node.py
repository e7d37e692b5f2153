"""The servers on Node, started by the load generator as its own are."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from feed.errors import InputError
from loadgen.run.scenario_loader import load as load_scenario
from loadgen.runfile.run import load
from loadgen.under_test import server
from tests.imports import ROOT

NAME = "websocket@nodejs-websocket"
LIBRARIES = {
    NAME: {"nodejs-websocket": "1.7.2"},
    "socketio-websocket@node": {"socket.io": "4.8.4"},
    "socketio-polling@node": {"socket.io": "4.8.4"},
}


def test_nothing_is_asked_of_a_scenario_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    server.require(load_scenario("chat"))


def test_without_node_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match=r"node is not installed.*npm ci` in servers/node"):
        server.require(load_scenario("chat", [f'transports=["{NAME}"]']))


def test_without_the_packages_it_is_said_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "index.js").touch()
    monkeypatch.setattr(server, "folder", lambda: tmp_path)
    monkeypatch.setattr(server.shutil, "which", lambda name: name)  # type: ignore[attr-defined]
    assert server.why_not().startswith("its packages are not installed: `npm ci` in servers/node")


@pytest.mark.parametrize("switch", ["http.tls", "http.compression", "websocket.batch_ms"])
def test_a_switch_that_they_lack_is_refused(switch: str) -> None:
    value = "5" if switch.endswith("_ms") else "true"
    chosen = load_scenario("chat", [f'transports=["{NAME}"]', f"{switch}={value}"])
    with pytest.raises(InputError, match=f"{NAME}: the servers on Node have no {switch}"):
        server.require(chosen)


def test_the_lock_file_names_no_registry() -> None:
    lock = msgspec.json.decode((server.folder() / "package-lock.json").read_bytes())
    assert all("resolved" not in package for package in lock["packages"].values())


@pytest.mark.node
@pytest.mark.trial
@pytest.mark.parametrize("name", LIBRARIES)
def test_a_trial_has_all_figures(tmp_path: Path, name: str) -> None:
    if missing := server.why_not():
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
    counts, account = trial.figures.deliveries, trial.figures.server
    assert counts.delivered == counts.expected > 0
    assert (counts.lost, counts.duplicates, counts.out_of_order) == (0, 0, 0)
    assert account is not None
    assert account.libraries == LIBRARIES[name]
    assert account.publish_lag is not None
    assert account.publish_lag.min_ns >= 0
    assert account.window_end.cpu_ns > account.window_start.cpu_ns
