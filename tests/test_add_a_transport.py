"""docs/how-to/add-a-transport.md builds a transport outside the package; here it is measured."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.imports import ROOT

PAGE = ROOT / "docs" / "how-to" / "add-a-transport.md"
FEED = ["feed.rate_per_s=40", "clients.count=5", "trial.warmup_s=0.2", "trial.duration_s=1"]


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """The environment in which the package of the page is installed, as an installer lays it."""
    site = tmp_path / "site"
    for text in re.findall(r"```(?:toml|python)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        path = site / text.splitlines()[0].removeprefix("# ")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    project = tomllib.loads((site / "pyproject.toml").read_text())["project"]
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"].items()
    lines = [
        line
        for group, rows in groups
        for line in (f"[{group}]", *(f"{name} = {place}" for name, place in rows.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return os.environ | {"PYTHONPATH": f"{site}{os.pathsep}{ROOT}"}


@pytest.mark.trial
def test_the_transport_of_the_page_is_measured(installed: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "pushbench", "run", "--out", str(out), "--rounds", "1"]
    command += ["--transport", "lines", "--transport", "websocket"]
    command += [word for key in FEED for word in ("--set", key)]
    done = subprocess.run(
        command, env=installed, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # Read as JSON: the transport is not installed in this process.
    run = json.loads((out / "run.json").read_text())
    trials = {trial["transport"]: trial["figures"] for trial in run["trials"]}
    for figures in (trials["lines"], trials["websocket"]):
        counts = figures["deliveries"]
        assert counts["expected"] > 0
        assert (counts["delivered"], counts["lost"]) == (counts["expected"], 0)
        assert (counts["duplicates"], counts["out_of_order"]) == (0, 0)
    # An event and its line's end, where a frame has a head.
    down = trials["lines"]["window"]["down"]
    received = trials["lines"]["deliveries"]["received"]
    assert down["protocol_bytes"] == down["message_bytes"] + received
    assert "lines" in (out / "report.html").read_text()
    assert "there is no model of it" in (out / "report.html").read_text()


def test_a_transport_that_is_not_installed_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pushbench", "run", "--transport", "lines"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 2
    assert "lines" in done.stderr
