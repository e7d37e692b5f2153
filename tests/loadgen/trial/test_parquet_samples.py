"""Every delivery as Parquet, read back in one line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from feed.errors import InputError
from feed.spec import FeedSpec
from loadgen.runfile.scenario import ClientsSpec, Scenario, TrialSpec
from loadgen.trial import parquet_samples, trial
from loadgen.trial.parquet_samples import Samples
from loadgen.trial.planned import Planned
from tests.loadgen.results import result_with

PLANNED = Planned("websocket", 1, Scenario())


def refuse(message: str) -> None:
    raise AssertionError(message)


def test_a_trial_leaves_a_row_for_each_arrival(tmp_path: Path) -> None:
    scenario = Scenario(
        feed=FeedSpec(schedule="constant", rate_per_s=10.0, payload_bytes=10),
        clients=ClientsSpec(count=3, headers="minimal"),
        trial=TrialSpec(warmup_s=0.2, duration_s=1.0, drain_s=1.0, rounds=1),
    )
    setup = trial.TrialSetup(samples=Samples(tmp_path / "samples", refuse))
    figures = trial.measure(Planned("websocket", 1, scenario), setup, lambda delivered: None)
    rows = pd.read_parquet(tmp_path / "samples")
    assert set(rows["client"]) == {0, 1, 2}
    assert rows.groupby("client")["seq"].is_monotonic_increasing.all()
    counted = rows[(rows["due_ns"] >= 200_000_000) & (rows["due_ns"] < 1_200_000_000)]
    assert len(counted) == figures.deliveries.delivered == 30
    assert figures.latency
    assert counted["latency_ns"].max() == figures.latency.max_ns
    assert (rows["received_ns"] - rows["due_ns"] == rows["latency_ns"]).all()


def test_a_million_deliveries_open_in_one_line(tmp_path: Path) -> None:
    count = 1_000_000
    table = np.empty((count, 5), dtype=np.int64)
    table[:, 0] = np.arange(count) % 1_000
    table[:, 1] = np.arange(count) // 1_000 + 1
    table[:, 2] = table[:, 1] * 1_000_000
    table[:, 3] = 157
    table[:, 4] = table[:, 2] + 5_000_000_000 + 250_000
    Samples(tmp_path, refuse).keep(PLANNED, [result_with(table)], 5_000_000_000)
    rows = pd.read_parquet(tmp_path)
    assert len(rows) == count
    assert set(rows["latency_ns"]) == {250_000}
    assert rows["seq"].max() == 1_000
    assert set(rows["transport"]) == {"websocket"}


def test_a_full_disk_is_told_and_costs_no_figures(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / "samples").write_text("a file where the folder should be")
    Samples(tmp_path / "samples", told.append).keep(PLANNED, [], 0)
    (line,) = told
    assert "samples not kept" in line


def test_without_pyarrow_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadgen.trial.parquet_samples.find_spec", lambda name: None)
    with pytest.raises(InputError, match="pyarrow is missing"):
        parquet_samples.require()
