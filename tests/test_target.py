"""`--target`: a server that runs already, with a control port and without one."""

import contextlib
import json
import re
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from loadgen.runfile.run import load
from loadgen.under_test import server
from tests.imports import ROOT
from tests.test_cli import SMALL, pushbench

FEED = {"rate_per_s": 60, "seed": 9}
PYTHON = ("short-poll", "long-poll", "websocket", "socketio-websocket")
TRIAL = [*SMALL, "--set", "poll.interval_s=0.1"]


@contextlib.contextmanager
def running(transports: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The ready line of a server whose feed runs."""
    started = {"autostart": True, "until_stdin_closes": True}
    command = server.command({"transports": transports, "feed": FEED, **started})
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.stdin.close()


@contextlib.contextmanager
def described(about: dict[str, Any], control: str = "") -> Iterator[str]:
    """A page at GET /pushbench; last_seq and the clock as they are when it is asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            latest = figures(control)["published"]["last_seq"] if control else 0
            answer = about | {"last_seq": latest}
            if "epoch_unix_ns" in about:
                answer["now_unix_ns"] = time.time_ns()
            self.send_response(200 if self.path == "/pushbench" else 404)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def figures(control: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{control}/figures") as answer:
        told: dict[str, Any] = json.load(answer)
        return told


@pytest.fixture(scope="module")
def ready() -> Iterator[dict[str, Any]]:
    with running(PYTHON) as told:
        yield told


@contextlib.contextmanager
def uncontrolled(ready: dict[str, Any]) -> Iterator[str]:
    """The same server, as one that has no control port and does not say what it pushes."""
    control = ready["control"]
    epoch_ns = figures(control)["epoch_ns"] + time.time_ns() - time.monotonic_ns()
    with described({"urls": ready["urls"], "epoch_unix_ns": epoch_ns}, control) as place:
        yield place


@pytest.mark.trial
def test_with_a_control_port_a_trial_is_complete(ready: dict[str, Any], tmp_path: Path) -> None:
    options = ["--target", ready["control"], "--rounds", "2", "--out", tmp_path]
    done = pushbench("run", *TRIAL, *options)
    assert done.returncode == 0, done.stderr
    run = load(tmp_path)
    assert run.target == ready["control"]
    assert (run.scenario.feed.rate_per_s, run.scenario.feed.seed) == (60, 9)
    assert len(run.trials) == 8
    for trial in run.trials:
        assert trial.figures is not None, trial.failure
        counts, outside = trial.figures.deliveries, trial.figures.outside
        assert counts.delivered == counts.expected > 0
        assert counts.duplicates == counts.gaps == 0
        assert outside is not None
        assert (outside.expected_from, outside.clock_offset_ns) == ("feed", 0)
        assert outside.clock_bound_ns is not None
        assert trial.figures.server is not None
        assert trial.figures.server.window_end.cpu_ns > trial.figures.server.window_start.cpu_ns
    assert "was not fresh for each trial" in done.stdout
    shown = json.loads(pushbench("show", tmp_path, "--format", "json").stdout)
    assert shown["websocket"]["server_cpu_ns_per_delivery"] > 0
    assert shown["websocket"]["server_rss_bytes_per_client"] is None


@pytest.mark.trial
def test_without_one_what_is_not_known_is_said(ready: dict[str, Any], tmp_path: Path) -> None:
    with uncontrolled(ready) as place:
        done = pushbench("run", *TRIAL, "--target", place, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    for trial in load(tmp_path).trials:
        assert trial.figures is not None, trial.failure
        counts = trial.figures.deliveries
        assert counts.delivered == counts.expected > 0
        assert trial.figures.server is None
        assert trial.figures.outside is not None
        assert trial.figures.outside.expected_from == "seq"
        assert trial.figures.latency is not None
        assert 0 < trial.figures.latency.min_ns
    told = pushbench("show", tmp_path)
    assert "CPU time, memory and publish lag are not known from outside" in told.stdout
    page = re.sub(r"\s+", " ", (tmp_path / "report.html").read_text())
    assert "are not known from outside" in page
    assert "the target does not say what it pushes" in page
    assert "nan" not in told.stdout
    shown = json.loads(pushbench("show", tmp_path, "--format", "json").stdout)
    for key in ("server_cpu_ns_per_delivery", "server_cpu_share", "publish_lag_p99_ns"):
        assert shown["websocket"][key] is None


@pytest.mark.trial
@pytest.mark.node
def test_the_servers_on_node_are_targets_too(tmp_path: Path) -> None:
    if missing := server.node_missing():
        pytest.skip(missing)
    with running(["websocket@nodejs-websocket"]) as told:
        options = ["--target", told["control"], "--out", tmp_path]
        done = pushbench("run", *TRIAL, *options)
    assert done.returncode == 0, done.stderr
    (trial,) = load(tmp_path).trials
    assert trial.transport == "websocket@nodejs-websocket"
    assert trial.figures is not None
    assert trial.figures.deliveries.delivered == trial.figures.deliveries.expected > 0


def complaint(*arguments: object) -> str:
    """What is said in the one line of bad input."""
    done = pushbench("run", *TRIAL, *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    return done.stderr


def test_a_target_that_lacks_a_transport_is_one_line() -> None:
    with described({"urls": {"websocket@bun": "ws://x/"}, "epoch_unix_ns": 0}) as place:
        said = complaint("--target", place, "--transport", "long-poll")
    assert f"--target {place}: has no long-poll; it offers websocket@bun" in said


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"urls": {"pigeon": "x"}, "epoch_unix_ns": 0}, "offers no transport that is known here"),
        ({"urls": {"websocket": "ws://x/"}}, "expected `control` or `epoch_unix_ns`"),
        ({"urls": {"websocket": "wss://x/"}, "epoch_unix_ns": 0}, "not at an http, ws or tcp URL"),
        ({"uris": {}}, "is no description"),
    ],
)
def test_a_description_that_does_not_do_is_one_line(about: dict[str, Any], said: str) -> None:
    with described(about) as place:
        assert said in complaint("--target", place)


@pytest.mark.parametrize(
    ("place", "said"),
    [("http://127.0.0.1:1", "cannot be reached"), ("localhost", "expected a URL")],
)
def test_a_target_that_is_not_there_is_one_line(place: str, said: str) -> None:
    assert said in complaint("--target", place)


@pytest.mark.parametrize("setting", ["link.rtt_ms=20", "http.tls=true", "websocket.batch_ms=5"])
def test_what_a_target_cannot_be_given_is_refused(ready: dict[str, Any], setting: str) -> None:
    said = complaint("--target", ready["control"], "--set", setting)
    assert "cannot be set for a server that runs already" in said
