"""The commands `report` and `show`: what it writes, and how it refuses."""

from pathlib import Path

import pytest

from loadgen.runfile.run import Run, save
from pushbench import status as main
from reports.cli import conclude
from reports.render.text import brief, show
from reports.run_analysis import RunAnalysis


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
