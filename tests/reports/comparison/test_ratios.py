"""Transports of one run held against each other, and one of them against itself."""

import pytest

from reports.comparison.intervals import Interval
from reports.comparison.ratio_table import differences, noise
from reports.comparison.ratios import compare, itself
from reports.formatting.units import GAP
from reports.summary.summary import Summary


def summary(transport: str, *latencies: float) -> Summary:
    rounds = {
        number: {
            "received": 100,
            "latency_p50_ns": 1e6 * value,
            "ip_bytes_per_delivery": 10 * value,
        }
        for number, value in enumerate(latencies, start=1)
    }
    return Summary(transport, rounds, {}, True)


PUSH = summary("websocket", 100, 100, 100)
AGAIN = summary("websocket#2", 98, 103, 100)


def test_without_a_second_self_the_thresholds_are_named() -> None:
    assert itself("latency_p50_ns", [PUSH]) is None
    assert noise([PUSH]).replace(GAP, " ") == (
        "A difference is one only beyond its threshold (latency 5.0 %, bytes 5.0 %, server CPU "
        "10 %, server memory 5.0 %) and beyond what so few rounds may be off by through chance. "
        "This run does not hold a transport against itself (--null)."
    )


def test_a_second_self_gives_its_interval() -> None:
    found = itself("latency_p50_ns", [PUSH, AGAIN])
    assert found == Interval(0.98, 1.03)
    assert found.widest_ratio == 1.03
    assert Interval(0.9, 1.03).widest_ratio == pytest.approx(1 / 0.9)
    assert noise([PUSH, AGAIN]) == (
        "The same transport against itself (WebSocket): ratio 0.98 to 1.03 for latency, 0.98 to "
        "1.03 for bytes. Nothing smaller is called a difference."
    )


def test_two_rounds_of_a_second_self_are_too_few() -> None:
    pair = summary("websocket", 100, 100), summary("websocket#2", 98, 103)
    assert itself("latency_p50_ns", pair) is None
    assert noise(pair).endswith("the comparison needs 3 rounds.")


def test_a_second_self_without_a_first_says_nothing() -> None:
    assert itself("latency_p50_ns", [AGAIN]) is None


def test_what_a_transport_differs_by_from_itself_is_no_difference_of_another() -> None:
    noisy = [PUSH, summary("websocket#2", 150, 100, 70)]
    poll = summary("sse", 140, 140, 140)
    verdicts = [compare(poll, PUSH, "latency_p50_ns", run) for run in ([PUSH], noisy)]
    assert [found.verdict for found in verdicts if found] == ["more", "cannot tell"]


def test_the_differences_stand_with_their_intervals() -> None:
    found = differences([summary("short-poll", 500, 400, 450), PUSH, AGAIN])
    assert found
    assert found.head == ("", "latency", "bytes", "server CPU", "server memory")
    poll, again = found.rows
    assert [(cell.text, cell.spread) for cell in poll[:2]] == [
        ("Short polling", ""),
        ("4.5×", "4.00 to 5.00"),
    ]
    assert (again[0].text, again[1].text) == ("WebSocket (again)", "level")
    assert poll[3].text == "–"


def test_too_few_rounds_are_named_in_the_table() -> None:
    found = differences([summary("short-poll", 500), summary("websocket", 100)])
    assert found
    assert (found.rows[0][1].text, found.rows[0][1].spread) == ("5.0×", "needs 3 rounds")


def test_nothing_to_compare_has_no_table() -> None:
    assert differences([PUSH]) is None
    assert differences([summary("short-poll", 1, 2, 3)]) is None


def test_a_lag_in_one_trial_touches_no_other_verdict() -> None:
    def cells(*latencies: float) -> list[list[str]]:
        table = differences([summary("short-poll", *latencies), PUSH, AGAIN])
        assert table
        return [[cell.text for cell in row[1:]] for row in table.rows]

    (sound, again), (lagged, same) = cells(101, 100, 100), cells(400, 100, 100)
    assert (sound[0], lagged[0]) == ("level", "cannot tell")
    assert again == same
