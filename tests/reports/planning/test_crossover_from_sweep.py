"""Where polling becomes the cheaper: on grids whose costs can be worked out by hand."""

from typing import Final

import pytest

from reports.planning.crossover_from_sweep import (
    Cell,
    cheapest,
    crossing,
    intervals,
    rates,
    ratios,
    sentences,
)

BYTES: Final = "ip_bytes_per_delivery"


def push(rate: float, cost: float = 200.0) -> Cell:
    return Cell("websocket", rate, None, 1e6, cost, 20_000.0, True)


def poll(rate: float, interval: float, cost: float) -> Cell:
    return Cell("short-poll", rate, interval, interval / 2 * 1e9, cost, 300_000.0, True)


GRID = (
    *(push(rate) for rate in (1.0, 10.0, 100.0)),
    *(poll(rate, 1.0, cost) for rate, cost in ((1.0, 800.0), (10.0, 400.0), (100.0, 50.0))),
    *(poll(rate, 5.0, cost) for rate, cost in ((1.0, 300.0), (10.0, 150.0), (100.0, 40.0))),
)


def test_the_axes_of_the_grid_are_those_of_its_cells() -> None:
    assert rates(GRID) == (1.0, 10.0, 100.0)
    assert intervals(GRID) == (1.0, 5.0)


@pytest.mark.parametrize(
    ("rate", "tolerated_s", "transport", "interval"),
    [
        (1.0, 10.0, "websocket", None),  # 200 against 800 and 300
        (10.0, 10.0, "short-poll", 5.0),  # 150 against 200 and 400
        (10.0, 1.0, "websocket", None),  # polls each 5 s are 2.5 s old: too old
        (100.0, 1.0, "short-poll", 1.0),  # 50 against 200
        (100.0, 0.1, "websocket", None),  # the only one that is fresh enough
    ],
)
def test_the_cheapest_is_the_cheapest_of_those_that_are_fresh_enough(
    rate: float, tolerated_s: float, transport: str, interval: float | None
) -> None:
    found = cheapest(GRID, rate, tolerated_s * 1e9, BYTES)
    assert found is not None
    assert (found.transport, found.interval_s) == (transport, interval)


def test_nothing_is_cheapest_where_nothing_is_fresh_enough() -> None:
    assert cheapest(GRID, 1.0, 1000, BYTES) is None
    assert cheapest(GRID, 7.0, 1e12, BYTES) is None


def test_a_ratio_is_polling_over_the_baseline_at_each_rate() -> None:
    assert ratios(GRID, 1.0, "websocket", BYTES) == {1.0: 4.0, 10.0: 2.0, 100.0: 0.25}


def test_the_crossing_lies_on_a_line_through_the_logarithms() -> None:
    # from 4 at 1/s to 1/4 at 100/s: half way in both logarithms
    assert crossing({1.0: 4.0, 100.0: 0.25}) == pytest.approx(10.0)
    assert crossing({1.0: 4.0, 10.0: 1.0}) == pytest.approx(10.0)
    assert crossing({1.0: 4.0, 10.0: 2.0}) is None
    assert crossing({}) is None


def test_the_sentences_say_from_where_on_polling_is_the_cheaper() -> None:
    each_second, each_five = sentences(GRID, "websocket")
    assert "4.0× at 1 events/s, 2.0× at 10 events/s, 0.25× at 100 events/s" in each_second
    assert "polling is the cheaper from about 21.5 events/s on" in each_second
    assert "polling is the cheaper from about 3.85 events/s on" in each_five


def test_the_sentences_say_where_one_is_the_cheaper_throughout() -> None:
    dear = [push(1.0), poll(1.0, 1.0, 800.0)]
    cheap = [push(1.0), poll(1.0, 1.0, 80.0)]
    assert "WebSocket is the cheaper throughout" in sentences(dear, "websocket")[0]
    assert "polling is the cheaper throughout" in sentences(cheap, "websocket")[0]


def test_without_the_baseline_there_is_nothing_to_say() -> None:
    assert sentences([poll(1.0, 1.0, 800.0)], "websocket") == ()
