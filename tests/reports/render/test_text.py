"""The numbers as text: four formats of the same figures."""

import csv
import io
import json

import msgspec

from loadgen.runfile.run import Run
from reports.render.text import brief, show
from reports.run_analysis import RunAnalysis
from reports.summary.summary import summarise
from tests.reports import runs


def test_json_holds_plain_numbers_in_the_order_of_publication(plausible: Run) -> None:
    decoded = json.loads(show(RunAnalysis(plausible), "json"))
    assert list(decoded) == ["short-poll", "long-poll", "websocket"]
    summaries = summarise(plausible)
    assert list(decoded.values()) == [summary.published() for summary in summaries]
    assert [list(numbers) for numbers in decoded.values()] == [
        list(summary.published()) for summary in summaries
    ]
    assert decoded["websocket"]["empty_share"] is None
    assert decoded["websocket"]["generator_healthy"] is True


def test_json_is_json_whatever_the_run(any_run: Run) -> None:
    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is no JSON")

    json.loads(show(RunAnalysis(any_run), "json"), parse_constant=refuse)


def test_csv_and_json_hold_the_same_figures(any_run: Run) -> None:
    decoded = json.loads(show(RunAnalysis(any_run), "json"))
    rows = list(csv.DictReader(io.StringIO(show(RunAnalysis(any_run), "csv"))))
    assert [row.pop("transport") for row in rows] == list(decoded)
    for row, numbers in zip(rows, decoded.values(), strict=True):
        assert list(row) == list(numbers)
        read = {key: json.loads(text) if text else None for key, text in row.items()}
        assert read == numbers


def test_markdown_is_a_table_of_every_number(plausible: Run) -> None:
    lines = show(RunAnalysis(plausible), "markdown").splitlines()
    assert lines[0] == "|  | short-poll | long-poll | websocket |"
    assert lines[1] == "| --- | ---: | ---: | ---: |"
    assert len(lines) == 2 + len(summarise(plausible)[0].published())
    assert "| generator healthy | yes | yes | yes |" in lines


def test_markdown_keeps_a_bar_within_its_cell() -> None:
    run = runs.run([runs.failed("a|b", 1)], runs.scenario(["websocket"]))
    assert show(RunAnalysis(run), "markdown").splitlines()[0] == "|  | websocket | a\\|b |"


def test_the_table_is_aligned_for_any_run(any_run: Run) -> None:
    head, *rows = show(RunAnalysis(any_run), "table").splitlines()
    assert {len(row) for row in rows} == {len(head)}


def test_brief_ends_a_run_with_the_answer_and_a_small_table(plausible: Run) -> None:
    text = brief(RunAnalysis(plausible))
    assert text.startswith("Short polling made")
    assert "In favour of polling" in text
    assert text.splitlines()[-1].split() == ["events", "lost", "0", "0", "0"]


def test_brief_copes_with_any_run(any_run: Run) -> None:
    assert brief(RunAnalysis(any_run)).endswith("\n")
    assert "None" not in brief(RunAnalysis(any_run))


def test_a_saved_run_shows_as_it_did_before(plausible: Run) -> None:
    again = msgspec.json.decode(msgspec.json.encode(plausible), type=Run)
    assert show(RunAnalysis(again), "json") == show(RunAnalysis(plausible), "json")


def again(run: Run) -> Run:
    """The run with every trial of websocket once more, as websocket#2."""
    copies = tuple(
        msgspec.structs.replace(trial, transport="websocket#2")
        for trial in run.trials
        if trial.transport == "websocket"
    )
    return msgspec.structs.replace(run, trials=(*run.trials, *copies))


def test_the_end_of_a_run_says_how_noisy_it_was_where_that_was_measured(plausible: Run) -> None:
    assert "ratio 1.00 to 1.00 for latency" in brief(RunAnalysis(again(plausible)))
    assert "against itself" not in brief(RunAnalysis(plausible))


def test_the_end_of_a_run_shows_the_table_of_2010_for_its_headers(plausible: Run) -> None:
    clients = msgspec.structs.replace(plausible.scenario.clients, headers="quantum-2010")
    scenario = msgspec.structs.replace(plausible.scenario, clients=clients)
    told = brief(RunAnalysis(msgspec.structs.replace(plausible, scenario=scenario)))
    assert "polling, as printed in 2010" in told
    assert "1.526" in told
    assert "2010" not in brief(RunAnalysis(plausible))
