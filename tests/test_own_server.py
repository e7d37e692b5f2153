"""docs/how-to/own-server.md: its example is measured as the page says."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from loadgen.runfile.run import load
from tests.imports import ROOT
from tests.test_cli import SMALL, pushbench

PAGE = ROOT / "docs" / "how-to" / "own-server.md"


@pytest.mark.trial
def test_the_server_of_the_page_is_measured(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = tmp_path / "my_server.py"
    server.write_text(example.replace("PORT = 4000", f"PORT = {port}").replace("500_000", "20_000"))
    out = tmp_path / "run"
    with subprocess.Popen([sys.executable, server], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        at = ["--target", f"http://127.0.0.1:{port}", "--transport", "websocket"]
        done = pushbench("run", *SMALL, *at, "--out", str(out))
        process.terminate()
    assert done.returncode == 0, done.stderr
    figures = load(out / "run.json").trials[0].figures
    assert figures is not None
    assert figures.deliveries.expected > 0
    assert figures.deliveries.lost == 0
