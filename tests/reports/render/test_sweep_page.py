"""The page of a sweep: made of recorded runs, self-contained, honest about what is missing."""

import re
from pathlib import Path

import msgspec
import pytest

from loadgen.runfile.run import InputError, Run, save
from reports.cli import conclude_sweep
from reports.planning.crossover_from_sweep import cells
from reports.render import html, sweep_page


def at(run: Run, rate_per_s: float, interval_s: float) -> Run:
    feed = msgspec.structs.replace(run.scenario.feed, rate_per_s=rate_per_s)
    poll = msgspec.structs.replace(run.scenario.poll, interval_s=interval_s)
    return msgspec.structs.replace(
        run, scenario=msgspec.structs.replace(run.scenario, feed=feed, poll=poll)
    )


@pytest.fixture
def grid(plausible: Run) -> list[Run]:
    return [at(plausible, rate, interval) for rate in (1.0, 10.0) for interval in (0.5, 2.0)]


def without(run: Run, transport: str) -> Run:
    trials = tuple(trial for trial in run.trials if trial.transport != transport)
    names = tuple(name for name in run.scenario.transports if name != transport)
    scenario = msgspec.structs.replace(run.scenario, transports=names)
    return msgspec.structs.replace(run, trials=trials, scenario=scenario)


def test_the_page_answers_for_each_interval_and_draws_each_rate(grid: list[Run]) -> None:
    assert len(sweep_page.answer(cells(grid))) == 2
    *choices, freshness = sweep_page.sections(grid)
    assert [part.heading for part in freshness.parts if part.picture] == [
        "1 events per second",
        "10 events per second",
    ]
    assert [section.heading for section in choices] == [
        "The cheapest in bytes",
        "The cheapest in server CPU",
    ]


def test_the_table_has_every_point(grid: list[Run]) -> None:
    (shown,) = sweep_page.sections(grid)[-1].parts[-1].tables
    assert len(shown.table.rows) == 4 * len(grid[0].scenario.transports)


def test_the_page_is_self_contained_and_says_no_nan_or_none(grid: list[Run]) -> None:
    text = html.render_sweep(grid)
    assert not re.search(r"<script|https?://(?!www\.w3\.org)|<link|@import", text)
    assert not re.search(r"\bnan\b|\bNone\b", text)


def test_a_sweep_without_a_push_says_what_it_lacks(grid: list[Run]) -> None:
    polls = [without(run, "websocket") for run in grid]
    assert sweep_page.answer(cells(polls)) == (sweep_page.NO_PAIR,)
    assert sweep_page.NO_PAIR in html.render_sweep(polls)


def test_a_sweep_in_which_nothing_arrived_still_makes_a_page(grid: list[Run]) -> None:
    failed = [
        msgspec.structs.replace(
            run,
            trials=tuple(
                msgspec.structs.replace(trial, figures=None, failure="<img onerror>")
                for trial in run.trials
            ),
        )
        for run in grid
    ]
    text = html.render_sweep(failed)
    assert "&lt;img onerror&gt;" in text
    assert "<svg" not in text


def test_a_folder_is_read_back_and_concluded(
    grid: list[Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, run in enumerate(grid):
        (tmp_path / str(number)).mkdir()
        save(run, tmp_path / str(number) / "run.json")
    assert sweep_page.read(tmp_path) == grid
    conclude_sweep(tmp_path)
    assert (tmp_path / "sweep.html").exists()
    assert "moves" in capsys.readouterr().out


def test_a_folder_without_runs_is_no_sweep(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match="no run files"):
        sweep_page.read(tmp_path)
    conclude_sweep(tmp_path)
    assert capsys.readouterr().out == ""
