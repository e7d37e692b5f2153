"""Two real runs, made and compared as a person would: tiny ones."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.imports import ROOT

pytestmark = [
    pytest.mark.trial,
    pytest.mark.timeout(180),  # two whole runs in a test, and other tests beside them
]

TINY = ["--set", "clients.count=2", "--set", "trial.warmup_s=0.1", "--set", "trial.duration_s=1"]
TINY += ["--set", "clients.workers=1", "--set", "trial.rounds=2", "--set", "feed.rate_per_s=20"]
TINY += ["--set", "poll.interval_s=0.1"]


def pushbench(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pushbench", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def measured(folder: Path, *more: str) -> Path:
    """A run of one transport, in the folder."""
    done = pushbench("run", *TINY, *more, "--transport", "websocket", "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return measured(tmp_path_factory.mktemp("old"))


def test_the_same_twice_moves_the_same_bytes(old: Path, tmp_path: Path) -> None:
    done = pushbench("compare", old, measured(tmp_path), "--format", "json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["paired"]
    measures = said["transports"]["websocket"]["measures"]
    for key in ("expected", "lost", "payload_bytes_per_delivery", "protocol_bytes_per_delivery"):
        assert measures[key]["change"]["verdict"] == "no difference", key


def test_a_far_server_is_found_by_the_delay_that_the_link_adds(old: Path, tmp_path: Path) -> None:
    far = measured(tmp_path, "--set", "link.rtt_ms=300")
    refused = pushbench("compare", old, far)
    assert refused.returncode == 2
    assert "link.rtt_ms 0 → 300" in refused.stderr
    limit = ["--fail-if", "websocket.latency_p50_ns>+50%", "--format", "json"]
    done = pushbench("compare", old, far, "--allow-different-scenarios", *limit)
    assert done.returncode == 1
    assert "limit broken: websocket.latency_p50_ns>+50%" in done.stderr
    line = json.loads(done.stdout)["transports"]["websocket"]["measures"]["latency_p50_ns"]
    assert line["change"]["verdict"] == "more"
    assert line["new"] - line["old"] > 75_000_000  # half of a one-way delay, on any machine


def test_a_limit_of_the_scenario_ends_a_run_with_1(tmp_path: Path) -> None:
    limit = ["--set", 'limits."websocket.payload_bytes_per_delivery"=1']
    once = ["--rounds", "1", "--transport", "websocket"]
    done = pushbench("run", *TINY, *once, *limit, "--out", tmp_path)
    assert done.returncode == 1, done.stderr
    assert "limit broken: websocket.payload_bytes_per_delivery>1: " in done.stderr


def test_a_limit_on_a_measure_that_there_is_not_is_refused_at_once(tmp_path: Path) -> None:
    done = pushbench("run", "--set", 'limits."websocket.latency_p99"=1', "--out", tmp_path)
    assert done.returncode == 2
    assert "did you mean latency_p99_ns?" in done.stderr
    assert list(tmp_path.iterdir()) == []
