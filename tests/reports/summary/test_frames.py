"""The frames hold the figures that the other forms hold."""

import csv
import io
import sys
from pathlib import Path

import msgspec
import pandas as pd
import pytest

import reports
from loadgen.runfile.figures import Series
from loadgen.runfile.run import InputError, Run, save
from reports.render.text import show
from reports.run_analysis import RunAnalysis
from reports.summary.frames import Frames
from tests.reports import runs


@pytest.fixture
def frames(plausible: Run, tmp_path: Path) -> Frames:
    save(plausible, tmp_path / "run.json")
    return reports.load(tmp_path)


def test_the_summary_holds_what_json_and_csv_hold(frames: Frames) -> None:
    document = msgspec.json.decode(show(RunAnalysis(frames.run), "json"))
    rows = list(csv.DictReader(io.StringIO(show(RunAnalysis(frames.run), "csv"))))
    for row, (_, framed) in zip(rows, frames.summary.iterrows(), strict=True):
        published = document[row["transport"]]
        for key, value in published.items():
            if value is None:
                assert pd.isna(framed[key])
                assert row[key] == ""
            else:
                assert framed[key] == pytest.approx(value)
                assert row[key] == str(value).lower() if isinstance(value, bool) else True
                assert isinstance(value, bool) or float(row[key]) == value


def test_a_trial_is_a_row_with_every_measure(frames: Frames) -> None:
    trials = frames.trials
    assert len(trials) == 9
    medians = trials.groupby("transport")["requests_per_s"].median()
    summary = frames.summary.set_index("transport")["requests_per_s"]
    assert medians.to_dict() == pytest.approx(summary.to_dict())


def test_quantiles_rise_to_the_worst(frames: Frames) -> None:
    for _, part in frames.quantiles.groupby(["transport", "round"]):
        assert part["latency_ns"].is_monotonic_increasing
    worst = frames.quantiles.query("quantile == 1.0 and transport == 'websocket'")["latency_ns"]
    measured = frames.trials.query("transport == 'websocket'")["latency_max_ns"]
    assert worst.tolist() == pytest.approx(measured.tolist(), rel=1e-3)


def test_layers_add_up_to_the_published_bytes(frames: Frames) -> None:
    window = frames.layers.query("span == 'window' and layer == 'protocol'")
    sums = window.groupby(["transport", "round"])["bytes"].sum()
    for _, trial in frames.trials.iterrows():
        whole = sums[trial["transport"], trial["round"]] / trial["received"]
        assert whole == pytest.approx(trial["protocol_bytes_per_delivery"])


def test_a_step_is_a_row() -> None:
    series = Series(
        step_ns=2_000_000_000,
        expected=(4, 4),
        delivered=(4, 0),
        received=(3, 1),
        message_bytes=(300, 100),
        useful=(3, 1),
        empty=(1, 3),
        latency_p50_ns=(7, None),
        latency_p99_ns=(9, None),
        latency_max_ns=(9, None),
    )
    made = msgspec.structs.replace(runs.short_poll(), series=series)
    seconds = Frames(runs.run([runs.trial("short-poll", 1, made)])).seconds
    assert seconds["at_s"].tolist() == [0.0, 2.0]
    assert seconds["useful"].tolist() == [3, 1]
    assert seconds["latency_p50_ns"].isna().tolist() == [False, True]


def test_every_shape_of_run_has_frames(any_run: Run) -> None:
    frames = Frames(any_run)
    for frame in (frames.trials, frames.quantiles, frames.seconds, frames.layers):
        assert {"transport", "round"} <= set(frame.columns)
    assert len(frames.trials) == len(any_run.trials)


def test_without_pandas_it_is_said_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.delitem(sys.modules, "reports.summary.frames")
    with pytest.raises(InputError, match=r"pandas.* is missing: pip install"):
        reports.load(tmp_path)
