"""A trial step by step: what is added up, what is not, and what stays empty."""

import re

import msgspec
import pytest

from loadgen.runfile.run import Run
from reports.charts import time_chart
from reports.charts.time_series import MOST_STEPS, Strips, over_time
from reports.render.html import render
from reports.run_analysis import RunAnalysis
from tests.reports import runs, stepped


def charts(run: Run) -> dict[str, Strips]:
    return {chart.name: chart for chart in over_time(run).charts}


def alone(received: list[int], longest_ns: list[int | None], window_s: float) -> Run:
    """Over WebSocket."""
    found = stepped.stepped(runs.websocket(), stepped.series(received, longest_ns), window_s)
    return runs.run([runs.trial("websocket", 1, found)], runs.scenario(["websocket"], 1))


def test_counts_are_per_second_even_of_a_step_that_was_cut_short() -> None:
    found = charts(stepped.run())
    assert found["time-deliveries"].strips[2].values == (100, 300, 0, 100)
    assert found["time-bytes"].strips[0].values == (15_700, 47_100, 0, 15_700)
    assert found["time-latency"].strips[2].values == (400_000, 800_000, None, 400_000)
    assert found["time-deliveries"].starts_s == (0, 1, 2, 3)
    assert found["time-deliveries"].end_s == 3.5


def test_many_steps_are_put_together_without_averaging_a_percentile() -> None:
    count = 2 * MOST_STEPS + 1
    run = alone([10] * count, [None, 5, *([3] * (count - 2))], count)
    found = charts(run)
    deliveries, latency = found["time-deliveries"], found["time-latency"]
    assert len(deliveries.starts_s) <= MOST_STEPS
    assert set(deliveries.strips[0].values) == {10}
    assert latency.strips[0].values[:2] == (5, 3)


def test_the_round_is_the_first_that_has_the_most_transports() -> None:
    whole = stepped.run(3)
    lacking = [
        trial for trial in whole.trials if (trial.round, trial.transport) != (1, "websocket")
    ]
    run = msgspec.structs.replace(whole, trials=tuple(lacking))
    assert over_time(run).round == 2
    assert [strip.transport for strip in over_time(run).charts[0].strips] == list(runs.MAKERS)


def test_a_run_file_without_steps_has_no_such_section(plausible: Run) -> None:
    assert over_time(plausible).charts == ()
    assert 'id="time"' not in render(RunAnalysis(plausible))
    assert 'href="#time"' not in render(RunAnalysis(plausible))


def test_a_chart_that_would_be_empty_is_left_out() -> None:
    assert charts(alone([0, 0], [None, None], 2)) == {}
    assert set(charts(alone([5, 0], [None, None], 2))) == {"time-deliveries", "time-bytes"}


def test_the_page_shows_a_strip_for_each_transport_and_the_steps_behind_it() -> None:
    page = render(RunAnalysis(stepped.run()))
    assert "Round 1, in which all transports had the same events" in page
    shown = time_chart.picture(charts(stepped.run())["time-latency"])
    assert shown.wide in page
    names = re.findall(r"<text[^>]*>([^<]+)<", shown.narrow)
    assert {"Short polling", "Long polling", "WebSocket"} <= set(names)
    assert "WebSocket 400\xa0µs to 800\xa0µs" in shown.wide
    table = charts(stepped.run())["time-latency"].table
    assert [row[0].text for row in table.rows] == ["0", "1", "2", "3"]
    assert [cell.text for cell in table.rows[2][1:]] == ["–", "–", "–"]


@pytest.mark.parametrize("longest", [[1, 1], [7, None], [1_000_000, 2_000_000_000]])
def test_any_span_of_latencies_can_be_drawn(longest: list[int | None]) -> None:
    chart = charts(alone([1, 1], longest, 2))["time-latency"]
    assert "nan" not in time_chart.draw(chart, 720)
