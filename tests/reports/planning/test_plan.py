"""The plan as text and data, and the command that prints it."""

import csv
import io
from pathlib import Path

import msgspec
import pytest

from loadgen.runfile.run import Run, save
from pushbench import status as main
from reports.planning.capacity import Size
from reports.planning.plan import Plan, Prices, assumptions, plan, text
from tests.reports import runs
from tests.reports.sized import of_size

SIZE = Size(clients=1_000_000, rate_per_s=0.2, payload_bytes=120, interval_s=2.0)


def test_every_transport_has_a_column_and_no_nan_is_printed(any_run: Run) -> None:
    made = plan([any_run], SIZE, Prices())
    for format in ("table", "markdown", "json", "csv"):
        written = text(made, format)
        assert written.endswith("\n")
        assert "nan" not in written.lower()


def test_json_and_csv_hold_the_same_numbers(plausible: Run) -> None:
    made = plan([plausible], SIZE, Prices())
    document = msgspec.json.decode(text(made, "json"))
    rows = list(csv.DictReader(io.StringIO(text(made, "csv"))))
    assert [row["transport"] for row in rows] == [need["transport"] for need in document["needs"]]
    for row, need in zip(rows, document["needs"], strict=True):
        assert float(row["cores"]) == need["cores"]["mid"]
        assert float(row["month_bytes"]) == need["month_bytes"]


def test_prices_are_the_users_and_add_up(plausible: Run) -> None:
    without, free = plan([plausible], SIZE, Prices()), Prices()
    assert "price" not in text(without, "table")
    assert free.of(without.needs[0]) is None
    priced = Prices(per_core=10.0, per_gb_traffic=0.5)
    need = without.needs[0]
    assert need.month_bytes
    assert priced.of(need) == pytest.approx(10 * need.cores.mid + 0.5 * need.month_bytes / 1e9)
    assert "price of a month" in text(plan([plausible], SIZE, priced), "table")


def test_what_is_far_from_the_measured_is_called_so() -> None:
    def made(clients: int) -> Plan:
        run = of_size(
            "websocket", 100, requests_per_s=0, deliveries_per_s=20, cpu=1e-5, rss_bytes=1_000_000
        )
        return plan([run], Size(clients, 0.2, 120, 1.0), Prices())

    assert any("far from that" in sentence for sentence in assumptions(made(1_001)))
    assert not any("far from that" in sentence for sentence in assumptions(made(1_000)))


def test_the_command_prints_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(runs.plausible(), tmp_path / "run.json")
    assert main(["plan", "--run", str(tmp_path), "--clients", "1000", "--rate", "0.2"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("1\N{NARROW NO-BREAK SPACE}000 clients")
    assert "websocket" in out


def test_a_folder_of_runs_counts_as_one_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for clients in (100, 300):
        folder = tmp_path / str(clients)
        folder.mkdir()
        run = of_size(
            "websocket", clients, requests_per_s=0, deliveries_per_s=20, cpu=0.1, rss_bytes=1_000
        )
        save(run, folder / "run.json")
    arguments = ["plan", "--run", str(tmp_path), "--clients", "9", "--rate", "1"]
    assert main([*arguments, "--format", "json"]) == 0
    (need,) = msgspec.json.decode(capsys.readouterr().out)["needs"]
    assert need["measured"] == [100, 300]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--clients", "0", "--rate", "1"],
        ["--clients", "1", "--rate", "nan"],
        ["--clients", "1", "--rate", "0"],
        ["--clients", "1", "--rate", "1", "--interval", "0"],
        ["--clients", "1", "--rate", "1", "--busy", "1.5"],
        ["--clients", "1", "--rate", "1", "--price-core", "-1"],
        ["--clients", "many", "--rate", "1"],
    ],
)
def test_nonsense_is_refused(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(runs.plausible(), tmp_path / "run.json")
    assert main(["plan", "--run", str(tmp_path), *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err


def test_a_run_that_tells_no_cost_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(runs.run([runs.failed("websocket", 1)]), tmp_path / "run.json")
    assert main(["plan", "--run", str(tmp_path), "--clients", "1", "--rate", "1"]) == 2
    assert "no trial in it tells what its server used" in capsys.readouterr().err


def test_what_pages_received_and_a_second_self_are_not_planned(plausible: Run) -> None:
    names = {"short-poll": "short-poll#chromium", "long-poll": "long-poll#2"}
    trials = [
        msgspec.structs.replace(trial, transport=names.get(trial.transport, trial.transport))
        for trial in plausible.trials
    ]
    made = plan([msgspec.structs.replace(plausible, trials=tuple(trials))], SIZE, Prices())
    assert [need.transport for need in made.needs] == ["websocket"]
