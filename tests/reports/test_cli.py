"""The commands of reports: what they write, what they refuse, and how they end."""

import json
from pathlib import Path

import msgspec
import pytest

from loadgen.runfile.run import Run, save
from pushbench import status as main
from reports.cli import conclude
from reports.render.text import brief, show
from reports.run_analysis import RunAnalysis
from tests.reports import runs, two


@pytest.fixture
def folder(plausible: Run, tmp_path: Path) -> Path:
    save(plausible, tmp_path / "run.json")
    return tmp_path


def test_a_report_stands_beside_its_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(folder / "run.json")]) == 0
    assert capsys.readouterr().out == f"{folder / 'report.html'}\n"
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_a_folder_stands_for_its_run(folder: Path) -> None:
    assert main(["report", str(folder)]) == 0
    assert (folder / "report.html").exists()


def test_out_says_where(folder: Path) -> None:
    assert main(["report", str(folder), "--out", str(folder / "other.html")]) == 0
    assert (folder / "other.html").exists()
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown"])
def test_show_prints_the_numbers(
    folder: Path, plausible: Run, format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(folder), "--format", format]) == 0
    assert capsys.readouterr().out == show(RunAnalysis(plausible), format)  # type: ignore[arg-type]


@pytest.mark.parametrize("command", ["report", "show"])
def test_a_missing_run_is_told_in_one_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, str(tmp_path / "none.json")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert "cannot read the run file" in told.err


def test_a_file_that_is_no_run_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run.json").write_text('{"format": "something"}')
    assert main(["report", str(tmp_path)]) == 2
    assert "not a run file" in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()


def test_a_folder_that_cannot_be_written_is_told_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(folder), "--out", str(folder / "no" / "r.html")]) == 2
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert "cannot write the report: No such file or directory" in told


def test_an_unknown_format_is_refused(folder: Path) -> None:
    assert main(["show", str(folder), "--format", "xml"]) == 2


def test_a_run_ends_with_its_answer_and_its_page(
    folder: Path, plausible: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    conclude(folder)
    assert (
        capsys.readouterr().out == f"\n{brief(RunAnalysis(plausible))}\n{folder / 'report.html'}\n"
    )
    assert (folder / "report.html").exists()


def test_a_run_that_measured_nothing_ends_quietly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    conclude(tmp_path)
    assert capsys.readouterr().out == ""
    assert list(tmp_path.iterdir()) == []


Told = pytest.CaptureFixture[str]


@pytest.fixture
def files(plausible: Run, tmp_path: Path) -> tuple[str, str]:
    """An old run, and a new one whose WebSocket is 300 ms slower."""
    slower = two.altered(plausible, {"websocket": lambda m: two.delayed(m, 300 * runs.MS)})
    return kept(plausible, tmp_path / "old"), kept(slower, tmp_path / "new")


def kept(run: Run, folder: Path) -> str:
    folder.mkdir()
    save(run, folder / "run.json")
    return str(folder)


def test_a_table_says_what_changed(files: tuple[str, str], capsys: Told) -> None:
    assert main(["compare", *files]) == 0
    told = capsys.readouterr().out
    assert told.startswith("5 of 89 numbers changed: 5 of WebSocket.\n")
    assert "WebSocket, latency, median" in told


def test_markdown_folds_every_number_away(files: tuple[str, str], capsys: Told) -> None:
    assert main(["compare", *files, "--format", "markdown"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("### pushbench: quiet-chat\n\n**5 of 89 numbers changed")
    assert told.endswith("</details>\n")
    assert told.index("WebSocket, latency, median") < told.index("<details>")


def test_json_holds_numbers_and_verdicts(files: tuple[str, str], capsys: Told) -> None:
    limit = "websocket.latency_p50_ns>+10%"
    assert main(["compare", *files, "--format", "json", "--fail-if", limit]) == 1
    said = json.loads(capsys.readouterr().out)
    line = said["transports"]["websocket"]["measures"]["latency_p50_ns"]
    assert line["new"] - line["old"] == pytest.approx(300 * runs.MS)
    assert line["change"]["verdict"] == "more"
    assert line["change"]["low"] <= line["change"]["amount"] <= line["change"]["high"]
    assert said["changed"] == 5
    assert [one["broken"] for one in said["limits"]] == [True]


def test_the_keys_of_the_json_are_documented(files: tuple[str, str], capsys: Told) -> None:
    main(["compare", *files, "--format", "json", "--fail-if", "websocket.lost>0"])
    said = json.loads(capsys.readouterr().out)
    pair = said["transports"]["websocket"]
    line = pair["measures"]["latency_p50_ns"]
    tables = (said, said["old"], pair, line, line["change"], said["limits"][0])
    page = Path(__file__).parents[2] / "docs" / "reference" / "compare.md"
    documented = page.read_text(encoding="utf-8")
    assert {key for table in tables for key in table if f"`{key}`" not in documented} == set()


def test_a_page_needs_a_file_and_nothing_else(
    files: tuple[str, str], tmp_path: Path, capsys: Told
) -> None:
    page = tmp_path / "compare.html"
    assert main(["compare", *files, "--format", "html", "--out", str(page)]) == 0
    assert capsys.readouterr().out == f"{page}\n"
    text = page.read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert "5 of 89 numbers changed" in text
    assert "://" not in text
    assert "<script" not in text


def test_a_broken_limit_is_told_and_ends_with_1(files: tuple[str, str], capsys: Told) -> None:
    limits = ["--fail-if", "websocket.latency_p50_ns>+10%", "--fail-if", "long-poll.lost>0"]
    assert main(["compare", *files, *limits]) == 1
    told = capsys.readouterr()
    (line,) = told.err.splitlines()
    assert line.startswith("limit broken: websocket.latency_p50_ns>+10%: ")
    assert "held" in told.out


@pytest.mark.parametrize(
    "limit", ["websocket.latency_p50", "websockt.lost>0", "websocket.lots>0", "websocket.lost>x"]
)
def test_a_limit_that_is_none_ends_with_2(files: tuple[str, str], limit: str, capsys: Told) -> None:
    assert main(["compare", *files, "--fail-if", limit]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_other_scenarios_and_hosts_are_refused_unless_allowed(
    plausible: Run, tmp_path: Path, capsys: Told
) -> None:
    link = msgspec.structs.replace(plausible.scenario.link, rtt_ms=300.0)
    machine = msgspec.structs.replace(plausible.machine, host="bench-2")
    other = msgspec.structs.replace(plausible, scenario=runs.scenario(link=link), machine=machine)
    files = [kept(plausible, tmp_path / "a"), kept(other, tmp_path / "b")]
    assert main(["compare", *files]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "the scenarios differ: link.rtt_ms 0 → 300; "
        "--allow-different-scenarios compares them all the same"
    )
    assert main(["compare", *files, "--allow-different-scenarios"]) == 2
    assert "the hosts differ: host bench-1 → bench-2" in capsys.readouterr().err
    allowed = ["--allow-different-scenarios", "--allow-different-hosts"]
    assert main(["compare", *files, *allowed]) == 0
    assert "The runs are not alike: link.rtt_ms 0 → 300, host" in capsys.readouterr().out


def test_a_file_that_cannot_be_written_ends_with_2(
    files: tuple[str, str], tmp_path: Path, capsys: Told
) -> None:
    assert main(["compare", *files, "--out", str(tmp_path / "no" / "x.md")]) == 2
    assert "cannot write the comparison" in capsys.readouterr().err


def limited(plausible: Run, limit_ns: float) -> Run:
    limits = {"short-poll.latency_p50_ns": limit_ns}
    return msgspec.structs.replace(plausible, scenario=runs.scenario(limits=limits))


def test_a_run_ends_with_1_where_a_limit_of_its_scenario_is_broken(
    plausible: Run, tmp_path: Path, capsys: Told
) -> None:
    folder = Path(kept(limited(plausible, 50_000_000.0), tmp_path / "run"))
    assert conclude(folder) == 1
    assert "limit broken: short-poll.latency_p50_ns>50_000_000: " in capsys.readouterr().err
    assert "<h2>Limits</h2>" in (folder / "report.html").read_text()


def test_a_run_ends_with_0_where_its_limits_hold(plausible: Run, tmp_path: Path) -> None:
    assert conclude(Path(kept(limited(plausible, 5e9), tmp_path / "run"))) == 0
