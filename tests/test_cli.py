"""The command as a person types it: what it prints, what it leaves, how it exits."""

import csv
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest

from loadgen.runfile.run import load
from pushbench import status
from tests.imports import ROOT

SMALL = ["--set", "clients.count=3", "--set", "trial.warmup_s=0.1", "--set", "trial.duration_s=0.5"]
SMALL += ["--set", "trial.rounds=1"]
TINY = [*SMALL, "--set", "feed.rate_per_s=20", "--set", "poll.interval_s=0.1"]
ENDLESS = ["--set", "trial.duration_s=3600", "--rounds", "1", "--transport", "websocket"]

SHOWN_KEYS = """expected delivered lost duplicates out_of_order latency_mean_ns latency_p50_ns
latency_p90_ns latency_p99_ns latency_max_ns requests_per_s empty_share missed_slots
message_bytes_per_delivery protocol_bytes_per_delivery tcp_bytes_per_delivery
ip_bytes_per_delivery server_cpu_ns_per_delivery generator_cpu_ns_per_delivery
server_rss_bytes_per_client generator_healthy""".split()


def pushbench(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pushbench", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


@contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pushbench", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one small run over all three transports."""
    folder = tmp_path_factory.mktemp("made")
    done = pushbench("run", *TINY, "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_run_delivers_every_event_once_and_leaves_file_and_report(made: Path) -> None:
    assert sorted(os.listdir(made)) == ["report.html", "run.json"]
    run = load(made)
    assert {trial.transport for trial in run.trials} == {"short-poll", "long-poll", "websocket"}
    for trial in run.trials:
        assert trial.figures is not None
        counts = trial.figures.deliveries
        assert counts.expected > 0
        assert (counts.delivered, counts.lost, counts.duplicates) == (counts.expected, 0, 0)


def test_what_the_kernel_counted_is_what_the_protocol_sent(made: Path) -> None:
    for trial in load(made).trials:
        assert trial.figures is not None
        whole = trial.figures.whole
        if whole.down.tcp_bytes is None:
            pytest.skip("this system's kernel does not count bytes")
        assert (whole.up.tcp_bytes, whole.down.tcp_bytes) == (
            whole.up.protocol_bytes,
            whole.down.protocol_bytes,
        )


def test_show_gives_the_promised_keys_alike_in_json_and_csv(made: Path) -> None:
    shown = json.loads(pushbench("show", made / "run.json", "--format", "json").stdout)
    assert set(shown) == {"short-poll", "long-poll", "websocket"}
    for figures in shown.values():
        assert set(SHOWN_KEYS) <= set(figures)
    rows = csv.DictReader(io.StringIO(pushbench("show", made, "--format", "csv").stdout))
    for row in rows:
        for key, value in shown[row["transport"]].items():
            assert row[key] == as_field(value), key


def as_field(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.trial
def test_a_sweep_leaves_a_run_for_each_point_and_a_page(tmp_path: Path) -> None:
    over = ["--over", "feed.rate_per_s=20,40", "--over", "poll.interval_s=0.1"]
    polls = ["--transport", "short-poll", "--transport", "websocket"]
    done = pushbench("sweep", *over, *polls, *SMALL, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(tmp_path)) == [
        "rate_per_s=20,interval_s=0.1",
        "rate_per_s=40,interval_s=0.1",
        "sweep.html",
    ]
    assert "Polling every 100 ms moves" in done.stdout.replace("\u00a0", " ")


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_show_names_every_transport_in_text(made: Path, form: str) -> None:
    shown = pushbench("show", made, "--format", form)
    assert shown.returncode == 0
    for transport in ("short-poll", "long-poll", "websocket"):
        assert transport in shown.stdout


def test_a_report_can_be_made_again(made: Path, tmp_path: Path) -> None:
    page = tmp_path / "again.html"
    assert pushbench("report", made / "run.json", "--out", page).returncode == 0
    assert page.read_text().startswith("<!DOCTYPE html>")


@pytest.mark.trial
def test_without_a_terminal_progress_is_plain_lines(tmp_path: Path) -> None:
    done = pushbench("run", *TINY, "--transport", "websocket", "--out", tmp_path)
    assert "[1/1] websocket, round 1 of 1" in done.stderr
    assert "\x1b" not in done.stderr


def test_the_scenarios_are_listed() -> None:
    listed = pushbench("scenarios").stdout
    for name in ("chat", "echo", "idle", "quantum", "support", "ticker"):
        assert name in listed


def a_file(tmp_path: Path) -> Path:
    path = tmp_path / "taken"
    path.write_text("{}")
    return path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--scenario", "chatt"], "unknown scenario 'chatt'"),
        (["run", "--transport", "pigeon"], "`pigeon`"),
        (["run", "--set", "clients.cuont=1"], "did you mean `count`?"),
        (["run", "--set", "clients.count=-1"], "`$.clients.count`"),
        (["run", "--rounds", "0"], "`$.trial.rounds`"),
        (["run", "--rounds", "two"], "'--rounds': Input should be a valid integer"),
        (
            ["run", "--set", "feed.schedule=trace", "--set", "feed.trace=absent.jsonl"],
            "absent.jsonl",
        ),
        (["run", "--out", "TAKEN/results"], "cannot write the results there"),
        (["report", "absent.json"], "absent.json: cannot read the run file"),
        (["show", "TAKEN"], "not a run file"),
        (["show", "README.md"], "not a run file"),
        (["sweep", "--over", "feed.rate_per_s"], "expected KEY=VALUE"),
        (["run", "--set", "link.rtt_ms=-1"], "`$.link.rtt_ms`"),
        (["dance"], "dance"),
        (["run", "--sideways"], "--sideways"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    taken = str(a_file(tmp_path))
    done = pushbench(*(argument.replace("TAKEN", taken) for argument in arguments))
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


@pytest.mark.trial
def test_a_taken_port_fails_the_trial_with_exit_3(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = pushbench("run", *TINY, "--port", port, "--out", tmp_path)
    assert done.returncode == 3
    assert {trial.figures for trial in load(tmp_path).trials} == {None}
    assert all(str(port) in trial.failure for trial in load(tmp_path).trials)


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def find(process: subprocess.Popen[str], word: str) -> psutil.Process:
    """The first process below `process` whose command line holds `word`, once there is one."""
    while process.poll() is None:
        for child in descendants(process):
            try:
                if any(word in argument for argument in child.cmdline()):
                    return child
            except psutil.NoSuchProcess:
                continue
    raise AssertionError(process.communicate())


def wait_until_under_way(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes of a trial, once a worker is there too."""
    find(process, "spawn_main")
    return descendants(process)


def test_ctrl_c_keeps_what_was_measured_and_leaves_no_process(tmp_path: Path) -> None:
    with running("run", *ENDLESS, "--out", tmp_path) as process:
        family = wait_until_under_way(process)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
        assert process.returncode == 130, told
    assert psutil.wait_procs(family, timeout=20)[1] == []
    assert [trial.failure for trial in load(tmp_path).trials] == ["interrupted (Ctrl-C)"]


@pytest.mark.trial
@pytest.mark.parametrize(
    ("victim", "reason"),
    [("servers", "the server ended (killed by signal 9)"), ("spawn_main", "a worker process")],
)
def test_a_killed_process_fails_the_trial_with_its_reason(
    tmp_path: Path, victim: str, reason: str
) -> None:
    with running("run", *ENDLESS, "--out", tmp_path) as process:
        family = wait_until_under_way(process)
        find(process, victim).kill()
        process.communicate()
        assert process.returncode == 3
    assert psutil.wait_procs(family, timeout=20)[1] == []
    (trial,) = load(tmp_path).trials
    assert trial.failure.startswith(reason)


@pytest.mark.trial
def test_a_killed_load_generator_takes_its_server_and_workers_along(tmp_path: Path) -> None:
    with running("run", *ENDLESS, "--out", tmp_path) as process:
        family = wait_until_under_way(process)
        process.kill()
        assert psutil.wait_procs(family, timeout=20)[1] == []


def test_serve_says_where_and_ends_on_ctrl_c() -> None:
    with running("serve", "--port", 0) as process:
        assert process.stdout is not None
        assert re.fullmatch(r"Open http://127.0.0.1:\d+/ in a .*\n", process.stdout.readline())
        assert process.stdout.readline() == "The feed:\n"
        lines = [process.stdout.readline().split()[0] for _ in range(4)]
        assert lines == ["short-poll", "long-poll", "sse", "websocket"]
        metrics = process.stdout.readline().split()[-1]
        with urllib.request.urlopen(metrics, timeout=10) as answer:
            assert b"pushbench_events_published_total" in answer.read()
        target = process.stdout.readline().split()[-1]
        assert f"{target}/metrics" == metrics
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_serve_on_a_taken_port_is_one_line_and_exit_3() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = pushbench("serve", "--port", taken.getsockname()[1])
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1


def test_the_version_is_told() -> None:
    assert pushbench("--version").stdout == f"pushbench {version('pushbench')}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_complete_commands(shell: str) -> None:
    words = {
        "COMP_WORDS": "pushbench swe",
        "COMP_CWORD": "1",
        "_TYPER_COMPLETE_ARGS": "pushbench swe",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pushbench"],
        env={**os.environ, **words, "_PUSHBENCH_COMPLETE": f"complete_{shell}"}
        | ({"_TYPER_COMPLETE_FISH_ACTION": "get-args"} if shell == "fish" else {}),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert "sweep" in done.stdout


def test_help_loads_nothing_that_measures_or_draws() -> None:
    heavy = "numpy scipy matplotlib aiohttp websockets picows psutil hdrh jinja2"
    told = (
        "import sys, pushbench; pushbench.status(['--help']); "
        f"print([name for name in {heavy.split()} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stderr == "[]\n"


def test_a_fault_of_pushbench_is_no_broken_limit(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("reports.render.html.write", fail)
    assert status(["report", str(made)]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    fault = made / "fault.txt"
    assert str(made) in line
    assert str(fault) in line
    assert "ZeroDivisionError: of all things" in line
    assert fault.read_text().startswith("Traceback")
    fault.unlink()


def test_a_fault_in_the_middle_of_a_run_leaves_what_was_measured(
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object, **__: object) -> None:
        (tmp_path / "run.json").write_bytes((made / "run.json").read_bytes())
        raise RuntimeError("in the second trial")

    monkeypatch.setattr("loadgen.run.runner.run", fail)
    assert status(["run", *TINY, "--out", str(tmp_path)]) == 4
    assert str(tmp_path / "fault.txt") in capsys.readouterr().err
    assert len(load(tmp_path).trials) == len(load(made).trials)


def test_a_fault_without_results_has_a_folder_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("loadgen.run.scenario_loader.names", lambda: 1 // 0)
    assert status(["scenarios"]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    told = Path(line.rpartition(" ")[2])
    assert told.read_text().startswith("Traceback")
    told.unlink()
    told.parent.rmdir()


def test_a_reader_who_has_seen_enough_is_no_fault(made: Path) -> None:
    closed = os.pipe()
    os.close(closed[0])
    done = subprocess.run(
        [sys.executable, "-m", "pushbench", "show", made],
        stdout=closed[1],
        stderr=subprocess.PIPE,
        cwd=ROOT,
        check=False,
    )
    os.close(closed[1])
    assert (done.returncode, done.stderr) == (141, b"")
