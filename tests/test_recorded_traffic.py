"""Recorded chat traffic: every event of the window reaches every client exactly once."""

from pathlib import Path

import pytest

from loadgen.run import scenario_loader
from loadgen.trial import trial
from loadgen.trial.planned import Planned
from tests.imports import ROOT

pytestmark = pytest.mark.trial

TRACES = ROOT.parent / "shared" / "traces"
SETTINGS = ["feed.speed=600", "clients.count=20", "trial.warmup_s=0.5", "trial.duration_s=4"]


def recording(name: str) -> Path:
    path = TRACES / name
    if not path.exists():
        pytest.skip(f"the recording {name} is not beside this checkout")
    return path


@pytest.mark.parametrize("transport", ["short-poll", "long-poll", "websocket"])
@pytest.mark.parametrize("name", ["support-chat.jsonl", "team-chat.jsonl"])
def test_a_replayed_recording_arrives_whole_and_once(name: str, transport: str) -> None:
    scenario = scenario_loader.load("support", [f"feed.trace={recording(name)}", *SETTINGS])
    figures = trial.measure(
        Planned(transport, 1, scenario), trial.TrialSetup(), lambda delivered: None
    )
    counts = figures.deliveries
    assert counts.expected > 0
    assert (counts.delivered, counts.lost, counts.duplicates) == (counts.expected, 0, 0)
    assert counts.out_of_order == 0
