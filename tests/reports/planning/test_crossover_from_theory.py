"""Crossovers of polling and push, held against the same model solved by hand."""

import math
import re

import msgspec
import pytest
from scipy.optimize import brentq

from loadgen.runfile.figures import MessageSizes
from loadgen.runfile.run import Run
from loadgen.runfile.scenario import PollSpec
from reports.charts import crossover_chart
from reports.planning.crossover_from_theory import RATES, Crossovers, crossovers
from reports.summary.summary import summarise
from reports.theory.forecast import forecasts
from tests.reports import echoes, runs

SEGMENT = 52  # headers of a packet
LEAN = MessageSizes(
    request_bytes=400,
    request_digit_bytes=0,
    empty_bytes=100,
    answer_bytes=150,
    answer_digit_bytes=0,
)


def found(run: Run) -> Crossovers:
    return crossovers(run, summarise(run), forecasts(run))


def pushed(rate: float) -> float:
    """A frame of 4 bytes around the event, which travels as one packet and is acknowledged."""
    return message(rate) + 4 + 2 * SEGMENT


def polled(rate: float) -> float:
    """A poll each second: request, answer and an acknowledgement; e^-r of them are empty."""
    empty = math.exp(-rate)
    heads = LEAN.request_bytes + empty * LEAN.empty_bytes + (1 - empty) * LEAN.answer_bytes
    return (heads + 3 * SEGMENT + (1 - empty)) / rate + message(rate) + 1


def message(rate: float) -> int:
    """{"seq":…,"due":31000000000,"data":"…"} around a text of 120, in mid-window."""
    return 36 + len(str(round(31 * rate))) + runs.PAYLOAD


@pytest.fixture(scope="module")
def lean() -> Run:
    """Whose polls are so short that each answer at the crossover is one packet."""
    poll = msgspec.structs.replace(runs.short_poll(), exchange=LEAN)
    return runs.run(
        [runs.trial("short-poll", 1, poll), runs.trial("websocket", 1, runs.websocket())]
    )


def test_the_crossover_is_where_the_two_models_meet(lean: Run) -> None:
    by_hand = brentq(lambda rate: polled(rate) - pushed(rate), 1, 8, xtol=1e-3)
    assert found(lean).rates == {"short-poll": pytest.approx(by_hand, rel=0.01)}


def test_the_lines_are_the_models(lean: Run) -> None:
    lines = {line.transport: line.expected for line in found(lean).lines}
    for rate in RATES:
        assert lines["websocket"][rate] == pytest.approx(pushed(rate), abs=0.01)
        if rate < 8:
            assert lines["short-poll"][rate] == pytest.approx(polled(rate), rel=0.001)


def test_the_sentences_name_the_rate_and_the_interval_at_which_polling_wins(plausible: Run) -> None:
    by_rate, by_interval, long_poll = found(plausible).sentences
    assert by_rate == (
        "Short polling every 1\xa0s moves fewer bytes per event than WebSocket from about "
        "8.0\xa0events/s for each client on; this run had 0.2\xa0/s."
    )
    assert "At 0.2\xa0events/s it would be the cheaper if it polled no more often" in by_interval
    assert "Long polling moves more bytes per event than WebSocket at any rate" in long_poll


def test_the_run_itself_is_marked(plausible: Run) -> None:
    result = found(plausible)
    assert result.measured_per_s == (0.2,)
    low, high = result.ends
    assert low <= 0.02 <= 80 <= high
    assert [row[0].text for row in result.table.rows][-1] == "0.2\xa0/s, measured"
    assert result.table.rows[-1][3].text == "252\xa0B"


def test_the_drawing_has_a_line_a_transport_and_an_upright_at_the_crossover(plausible: Run) -> None:
    drawn = crossover_chart.picture(found(plausible))
    names = re.findall(r"<text[^>]*>([^<]+)<", drawn.wide)
    assert {"Short polling", "Long polling", "WebSocket"} <= set(names)
    assert drawn.wide.count("stroke-dasharray: 5") == 1
    assert "from about 8.0" in drawn.narrow


def test_without_a_crossover_it_is_said_who_is_the_cheaper_throughout() -> None:
    rare = runs.scenario(poll=PollSpec(interval_s=1e6))
    run = msgspec.structs.replace(runs.plausible(), scenario=rare)
    assert (
        "Short polling every 1\u202f000\u202f000\xa0s moves fewer bytes" in found(run).sentences[0]
    )
    assert found(run).rates == {}


def test_tls_leaves_it_out_and_says_so(plausible: Run) -> None:
    http = msgspec.structs.replace(plausible.scenario.http, tls=True)
    scenario = msgspec.structs.replace(plausible.scenario, http=http)
    result = found(msgspec.structs.replace(plausible, scenario=scenario))
    assert result.lines == ()
    assert "Theory says nothing of WebSocket: TLS adds records of its own." in result.missing
    assert crossover_chart.picture(result).wide == ""


def test_libraries_share_a_line_and_the_floor_has_none() -> None:
    names = {"short-poll": runs.short_poll, "short-poll@httptools": runs.short_poll}
    names |= {"websocket@picows": runs.websocket, "tcp": runs.websocket}
    run = runs.run([runs.trial(name, 1, make()) for name, make in names.items()])
    lines = [line.transport for line in found(run).lines]
    assert lines == ["short-poll", "websocket@picows"]


def test_an_echo_has_no_crossover() -> None:
    assert found(echoes.plausible()) == Crossovers()


def test_any_run_is_answered_or_left_out(any_run: Run) -> None:
    result = found(any_run)
    assert bool(result.lines) == bool(result.sentences)
    picture = crossover_chart.picture(result)
    assert bool(picture.wide) == bool(result.lines)
