"""The progress display: plain lines where nobody watches, one living line on a terminal."""

from io import StringIO

import pytest
from rich.console import Console

from loadgen.run.progress import Progress
from loadgen.run.scenario_loader import load
from loadgen.run.trial_order import plan
from loadgen.runfile.run import Trial


def displayed(*, terminal: bool) -> str:
    out = StringIO()
    planned = plan(load("chat", ["trial.rounds=2"]))
    with Progress(Console(file=out, force_terminal=terminal, width=100)) as progress:
        progress.run_started(planned)
        progress.trial_started(planned[0])
        progress.delivered(1000)
        progress.trial_ended(Trial(transport="x", round=1, started_at="", failure="it broke"))
        progress.warn("the disk is full")
    return out.getvalue()


def test_plain_lines_name_the_trial_its_round_the_time_left_and_the_failure() -> None:
    planned = plan(load("chat", ["trial.rounds=2"]))
    lines = displayed(terminal=False).splitlines()
    place = f"[1/6] {planned[0].transport}, round 1 of 2"
    assert lines[0].startswith("chat: 6 trials, 250 clients, about ")
    assert lines[1].startswith(f"{place} … ")
    assert lines[1].endswith(" left")
    assert lines[2:] == [f"{place}: failed: it broke", "the disk is full"]


def test_a_terminal_shows_deliveries_per_second() -> None:
    shown = displayed(terminal=True)
    assert "deliveries/s" in shown
    assert "\x1b" in shown


@pytest.mark.parametrize("terminal", [True, False])
def test_text_is_never_read_as_markup(terminal: bool) -> None:
    out = StringIO()
    with Progress(Console(file=out, force_terminal=terminal, width=100)) as progress:
        progress.warn("[red]/tmp/[x]")
    assert "[red]/tmp/[x]" in out.getvalue()
