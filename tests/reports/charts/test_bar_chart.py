"""The pictures: what they draw, what they leave out, and how they take the page's colours."""

import re

import numpy as np
import pytest

from loadgen.runfile.figures import Requests
from loadgen.runfile.run import Run
from reports.charts import bar_chart, canvas
from reports.charts.pictures import Picture, pictures
from reports.formatting.transport_style import style_of
from reports.summary.latency_curves import curves
from reports.summary.summary import summarise
from reports.theory.forecast import forecasts, medians
from tests.reports import runs


@pytest.fixture(scope="module")
def drawn(plausible: Run) -> dict[str, Picture]:
    return pictures(plausible, summarise(plausible))


def test_a_curve_adds_up_the_rounds_and_climbs_to_all() -> None:
    trials = [
        runs.trial("short-poll", 1, runs.short_poll(1)),
        runs.trial("short-poll", 2, runs.short_poll(2)),
    ]
    (curve,) = curves(runs.run(trials), ["short-poll", "websocket"])
    assert curve.share[0] == 0
    assert curve.share[-1] == 1
    assert list(curve.latency_ns) == sorted(curve.latency_ns)
    slowest = max(f.figures.latency.max_ns for f in trials if f.figures and f.figures.latency)
    assert curve.latency_ns[-1] == pytest.approx(slowest, rel=2e-3)


def test_a_curve_passes_through_the_median() -> None:
    poll = runs.short_poll()
    assert poll.latency
    (curve,) = curves(runs.run([runs.trial("short-poll", 1, poll)]), ["short-poll"])
    assert curve.at(0.5) == pytest.approx(poll.latency.p50_ns, rel=5e-3)
    assert np.interp(0.9, curve.share, curve.latency_ns) == pytest.approx(
        poll.latency.p90_ns, rel=5e-3
    )


def test_layers_are_what_each_adds_to_the_one_before(plausible: Run) -> None:
    chart = bar_chart.layers(summarise(plausible))
    assert chart.parts == ("payload", "message", "HTTP or frames", "TCP and IP")
    assert chart.rows[2].values == pytest.approx((120, 37, 4, 91))  # 252 bytes in all


def test_without_tcp_info_the_last_layer_is_left_out_for_all() -> None:
    poll = runs.figures(
        latencies_ns=[1_000_000] * 10,
        requests=Requests(useful=1, empty=0, failed=0, missed_slots=0),
        up=runs.layers(0, 0, 100, None),
        down=runs.layers(10, 20, 100, None),
        server_cpu_ns=1,
        worker_cpu_ns=1,
        server_rss=1,
    )
    trials = [runs.trial("short-poll", 1, poll), runs.trial("websocket", 1, runs.websocket())]
    chart = bar_chart.layers(summarise(runs.run(trials)))
    assert chart.parts == ("payload", "message", "HTTP or frames")
    assert [len(row.values) for row in chart.rows] == [3, 3]


def test_theory_marks_the_bars_it_has_a_number_for(plausible: Run) -> None:
    summaries = summarise(plausible)
    made = forecasts(plausible)
    requests = bar_chart.requests(summaries, medians(made, "requests_per_s"))
    assert [row.mark for row in requests.rows] == [100, 20, 0]
    layers = bar_chart.layers(summaries, medians(made, "protocol_bytes_per_delivery"))
    assert [row.mark for row in layers.rows] == pytest.approx([3407, 807, 161], abs=0.5)
    assert layers.is_marked
    assert not bar_chart.layers(summaries).is_marked


def test_what_theory_expects_is_drawn_and_named_in_the_key(
    plausible: Run, drawn: dict[str, Picture]
) -> None:
    marked = pictures(plausible, summarise(plausible), forecasts(plausible))
    assert "expected by theory" in marked["requests"].wide
    assert "expected by theory" not in drawn["requests"].wide
    assert marked["latency"].wide.count("stroke-dasharray") > drawn["latency"].wide.count(
        "stroke-dasharray"
    )


def test_a_bar_ends_at_its_mark_where_that_lies_further_out() -> None:
    assert bar_chart.Row("short-poll", (1.0, 2.0), ("",), 5.0).ends(True) == (5.0,)
    assert bar_chart.Row("short-poll", (1.0, 2.0), ("",), 2.0).ends(True) == (3.0,)


def test_push_stands_with_a_plain_zero_among_the_requests(plausible: Run) -> None:
    row = bar_chart.requests(summarise(plausible)).rows[2]
    assert row.transport == "websocket"
    assert sum(row.values) == 0
    assert row.labels == ("0: no requests once it is connected",)


def test_failed_requests_are_a_part_only_where_there_are_some(plausible: Run) -> None:
    assert bar_chart.requests(summarise(plausible)).parts == ("useful", "empty")


def test_no_chart_has_empty_axes() -> None:
    run = runs.run([runs.trial("websocket", 1, runs.websocket())], runs.scenario(["websocket"]))
    requests = pictures(run, summarise(run))["requests"]
    assert (requests.wide, requests.narrow) == ("", "")
    assert requests.missing == "Requests per second: 0 throughout, so there is nothing to draw."


def test_what_is_missing_is_named(any_run: Run) -> None:
    summaries = summarise(any_run)
    for name, picture in pictures(any_run, summaries).items():
        assert picture.wide or picture.missing, name
        assert bool(picture.wide) == bool(picture.narrow)


def test_a_transport_has_its_colour_in_every_chart(drawn: dict[str, Picture]) -> None:
    for picture in drawn.values():
        for transport in ("short-poll", "long-poll"):
            assert style_of(transport).colour in picture.wide


def test_text_and_axes_take_the_pages_colours(drawn: dict[str, Picture]) -> None:
    cpu = drawn["cpu"].wide
    assert "currentColor" in cpu
    assert "var(--line)" in cpu
    assert canvas.INK not in cpu
    assert "#000000" not in cpu
    assert "DejaVu" not in cpu


def test_text_stays_text(drawn: dict[str, Picture]) -> None:
    words = re.findall(r"<(?:text|tspan)[^>]*>([^<]+)<", drawn["latency"].narrow)
    assert {"Short polling", "WebSocket", "share of events that had arrived"} <= set(words)


def test_drawing_twice_gives_the_same_bytes(plausible: Run) -> None:
    chart = bar_chart.memory(summarise(plausible))
    assert bar_chart.bars(chart, 720) == bar_chart.bars(chart, 720)


def test_seven_transports_are_drawn() -> None:
    names = ["short-poll", "long-poll", "websocket", "websocket@aiohttp", "sse", "tcp", "own"]
    trials = [runs.trial(name, 1, runs.websocket(n)) for n, name in enumerate(names)]
    run = runs.run(trials)
    drawn = pictures(run, summarise(run))
    assert "WebSocket (aiohttp)" in drawn["latency"].wide
    assert "Own" in drawn["memory"].narrow


def test_embedding_escapes_what_it_is_told() -> None:
    drawn = '<?xml version="1.0"?>\n<svg width="1" viewBox="0 0 1 1">\n<g id="a"/></svg>\n'
    assert canvas.embed(drawn, "x", 'a "b" <c>', "d & e") == (
        '<svg role="img" aria-label=\'a "b" &lt;c&gt;\' viewBox="0 0 1 1">\n'
        '<title>a "b" &lt;c&gt;</title>\n<desc>d &amp; e</desc>\n<g/></svg>'
    )


def test_what_is_no_drawing_is_refused() -> None:
    with pytest.raises(ValueError, match="viewBox"):
        canvas.embed("<p>", "x", "", "")


def test_libraries_share_the_colour_and_differ_in_texture() -> None:
    styles = [style_of(name) for name in ("websocket", "websocket@picows", "websocket@aiohttp")]
    assert len({each.colour for each in styles}) == 1
    assert len({each.texture for each in styles}) == 3
    assert style_of("websocket@other").texture == style_of("tcp@another").texture


def test_a_library_is_hatched_and_dashed() -> None:
    trials = [
        runs.trial(name, 1, runs.websocket(seed))
        for seed, name in enumerate(("websocket", "websocket@picows"))
    ]
    run = runs.run(trials, runs.scenario(["websocket", "websocket@picows"], 1))
    drawn = pictures(run, summarise(run))
    assert drawn["cpu"].wide.count("<pattern") > 0
    assert "stroke-dasharray" in drawn["latency"].wide
    assert "#0072b2" in drawn["cpu"].wide


@pytest.mark.parametrize(
    ("end", "most", "whole", "ticks"),
    [
        (317.0, 5, False, [0, 80, 160, 240]),
        (10.0, 6, True, [0, 2, 4, 6, 8, 10]),
        (0.5, 6, True, [0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        (3.5, 6, True, [0, 1, 2, 3]),
        (1_300.0, 3, False, [0, 500, 1_000]),
    ],
)
def test_an_axis_has_few_ticks_at_round_values(
    end: float, most: int, whole: bool, ticks: list[float]
) -> None:
    assert canvas.round_ticks(end, most, whole) == pytest.approx(ticks)


def test_a_logarithmic_axis_has_as_many_ticks_as_there_is_room_for() -> None:
    assert canvas.decades(0.5, 2_000, 720) == [1, 10, 100, 1_000]
    assert canvas.decades(0.5, 2_000, 128) == [1, 100]
    assert canvas.sizes(15, 450, 8) == [20, 50, 100, 200]
