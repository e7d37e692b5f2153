"""A run's analysis: each part once, and none that nobody asks for."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loadgen.runfile.run import Run, save
from reports import run_analysis
from reports.cli import conclude
from reports.render.text import show
from reports.run_analysis import RunAnalysis
from reports.theory import deviation, forecast

PARTS = {
    "summarise": run_analysis,
    "examine": run_analysis,
    "forecasts": forecast,
    "deviations": deviation,
}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each part of an analysis was worked out."""
    counted: Counter[str] = Counter()

    def counting(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            counted[name] += 1
            return real(*arguments)

        return call

    for name, module in PARTS.items():
        monkeypatch.setattr(module, name, counting(name, getattr(module, name)))
    return counted


def test_the_end_of_a_run_works_each_part_out_once(
    plausible: Run, tmp_path: Path, calls: Counter[str]
) -> None:
    save(plausible, tmp_path / "run.json")
    assert conclude(tmp_path) == 0
    assert calls == dict.fromkeys(PARTS, 1)


@pytest.mark.parametrize("format", ["json", "csv"])
def test_numbers_for_programs_need_no_prediction(
    plausible: Run, format: Any, calls: Counter[str]
) -> None:
    show(RunAnalysis(plausible), format)
    assert calls == {"summarise": 1, "examine": 1}


def test_the_findings_are_those_of_the_checks_and_then_those_of_theory(any_run: Run) -> None:
    analysis = RunAnalysis(any_run)
    beyond = [each for each in analysis.deviations if each.agrees is False]
    assert analysis.findings[: len(analysis.health)] == analysis.health
    assert len(analysis.findings) == len(analysis.health) + len(beyond)
