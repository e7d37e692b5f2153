"""A server process: started, read, and ended, whatever happens in between."""

import os
import signal
import socket
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from loadgen.errors import TrialFailed
from loadgen.under_test.server import Server


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
