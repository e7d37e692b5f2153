"""Run files of earlier states (tests/data) open in every command that reads one."""

from pathlib import Path

import pytest

from loadgen.runfile.run import Run, load
from reports.comparison.two_runs import two_runs
from reports.render.html import render, render_two_runs
from reports.render.text import brief, show
from reports.render.two_runs_text import text
from reports.run_analysis import RunAnalysis
from tests.imports import ROOT

FILES = sorted((ROOT / "tests" / "data").glob("*.json"))
FIRST, LAST = FILES[0], FILES[-1]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest) -> Run:
    path: Path = request.param
    return load(path)


def test_it_opens_with_all_its_trials(old: Run) -> None:
    assert len(old.trials) == 6
    assert all(trial.figures for trial in old.trials)


def test_it_can_be_shown_and_reported(old: Run) -> None:
    assert "events lost" in show(RunAnalysis(old), "table")
    assert "events lost" in brief(RunAnalysis(old))
    assert "<h3>The scenario</h3>" in render(RunAnalysis(old))


def test_it_differs_in_nothing_from_itself(old: Run) -> None:
    compared = two_runs(old, old)
    assert compared.changed == ()
    assert len(compared.judged) > 60
    assert "No difference" in text(compared, [], "table")


def test_the_oldest_and_the_newest_stand_side_by_side() -> None:
    compared = two_runs(load(FIRST), load(LAST))
    assert compared.differs == ()
    websocket = {pair.transport: pair for pair in compared.pairs}["websocket"]
    assert websocket["setup_time_p50_ns"].old is None
    assert websocket["setup_time_p50_ns"].change is None
    assert websocket["latency_p50_ns"].change is not None
    assert "What changed from one run to the other" in render_two_runs(compared)
