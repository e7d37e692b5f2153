"""Costs fitted to trials that were made by a known model."""

import math

import msgspec
import numpy as np
import pytest

from feed.spec import FeedSpec
from loadgen.runfile.figures import Busy
from loadgen.runfile.run import Run
from reports.planning.costs import DRAWS, REST_S, Load, costs, estimate, fits, samples
from tests.reports import runs
from tests.reports.sized import of_size

PER_WAKING, PER_REQUEST, PER_DELIVERY = 500e-6, 100e-6, 20e-6
RSS_BASE, RSS_PER_CLIENT = 2_000_000, 30_000


def spent(load: Load) -> float:
    wakes = load.calls * math.exp(-load.calls * REST_S)
    return PER_WAKING * wakes + PER_REQUEST * load.requests + PER_DELIVERY * load.deliveries


def unresting(events_per_poll: float) -> Busy:
    """A thousand polls in half a second."""
    events = round(1_000 * events_per_poll)
    cpu = spent(Load(calls=0, requests=1_000, deliveries=events))
    return Busy(polls=1_000, events=events, cpu_ns=round(cpu * 1e9), span_ns=500_000_000)


def polled(clients: int, load: Load, busy: Busy | None = None, cpu: float = 0.0) -> Run:
    return of_size(
        "short-poll",
        clients,
        requests_per_s=load.requests,
        deliveries_per_s=load.deliveries,
        cpu=cpu or spent(load),
        rss_bytes=RSS_BASE + RSS_PER_CLIENT * clients,
        busy=busy,
    )


def each_second(clients: float, events_per_poll: float = 0.2) -> Load:
    return Load(clients, clients, events_per_poll * clients)


def pushed(clients: int, due_per_s: float) -> Run:
    return of_size(
        "websocket",
        clients,
        requests_per_s=0,
        deliveries_per_s=clients * due_per_s,
        cpu=spent(Load(due_per_s, 0, clients * due_per_s)),
        rss_bytes=clients * 50_000,
    )


def test_a_server_that_does_not_sleep_any_more_spends_less_on_a_poll() -> None:
    made = [polled(clients, each_second(clients), unresting(0.2)) for clients in (100, 300)]
    found = costs(made, "short-poll")
    assert found
    assert found.cpu[0][0] == pytest.approx(PER_WAKING, rel=1e-3)
    for clients in (30, 1_000, 5_000):
        told = found.cores(each_second(clients))
        assert told.mid == pytest.approx(spent(each_second(clients)), rel=1e-3)
        assert told.low <= told.mid <= told.high
    assert found.clients == (100, 300)


def test_different_mixes_tell_what_each_part_costs() -> None:
    mixes = (Load(100, 100, 20), Load(300, 300, 600), Load(400, 400, 0))
    made = [polled(round(mix.calls), mix, unresting(2.0)) for mix in mixes]
    found = costs(made, "short-poll")
    assert found
    parts = [PER_WAKING, PER_REQUEST, PER_DELIVERY]
    assert not found.one_mix
    assert found.cpu[0].tolist() == pytest.approx(parts, rel=1e-3)


def test_memory_is_a_constant_and_so_much_for_each_client() -> None:
    found = costs([polled(clients, each_second(clients)) for clients in (100, 300)], "short-poll")
    assert found
    assert found.memory(1_000).mid == pytest.approx(32_000_000, rel=1e-3)


def test_one_mix_predicts_that_mix_and_says_that_it_cannot_split_it() -> None:
    made = [polled(clients, each_second(clients), unresting(0.2)) for clients in (100, 300)]
    found = costs(made, "short-poll")
    assert found
    assert found.one_mix
    # A fifth of a delivery comes with each request, and stands with it.
    parts = [PER_WAKING, PER_REQUEST + 0.2 * PER_DELIVERY, 0.0]
    assert found.cpu[0].tolist() == pytest.approx(parts, rel=1e-3)


def test_rounds_that_differ_span_what_they_would_have_told() -> None:
    costly = [1.0, 1.2, 0.8]
    made = [
        polled(
            clients, each_second(clients), unresting(0.2), cpu=factor * spent(each_second(clients))
        )
        for clients in (100, 300)
        for factor in costly
    ]
    found = costs(made, "short-poll")
    assert found
    told = found.cores(each_second(300))
    assert told.low < spent(each_second(300)) < told.high
    assert told.high < 1.2 * spent(each_second(300))


def test_one_number_of_clients_is_taken_to_grow_with_them() -> None:
    found = costs([polled(100, each_second(100))], "short-poll")
    assert found
    assert found.cores(each_second(1_000)).mid == pytest.approx(
        10 * spent(each_second(100)), rel=1e-6
    )
    assert found.memory(1_000).mid == pytest.approx(10 * 5_000_000, rel=1e-6)


def test_one_number_of_clients_and_unresting_polls_tell_what_a_waking_costs() -> None:
    found = costs([polled(100, each_second(100), unresting(0.2))], "short-poll")
    assert found
    told = found.cores(each_second(1_000))
    assert told.mid == pytest.approx(spent(each_second(1_000)), rel=1e-3)


def test_a_push_transport_has_no_requests_to_pay_for() -> None:
    found = costs([pushed(100, 1.0), pushed(300, 1.0)], "websocket")
    assert found
    assert found.cores(Load(1.0, 123_456, 1_000)).mid == pytest.approx(
        spent(Load(1.0, 0, 1_000)), rel=0.01
    )


def test_a_push_transport_wakes_for_each_event_however_many_get_it() -> None:
    found = costs([pushed(10, 1.0), pushed(10, 2.0), pushed(300, 1.0)], "websocket")
    assert found
    load = Load(2.0, 0, 10_000)
    assert found.cores(load).mid == pytest.approx(spent(load), rel=0.01)


def test_a_burst_wakes_once() -> None:
    run = pushed(100, 20.0)
    feed = FeedSpec(schedule="burst", rate_per_s=20.0, burst_events=5)
    scenario = msgspec.structs.replace(run.scenario, feed=feed)
    (sample,) = samples([msgspec.structs.replace(run, scenario=scenario)], "websocket")
    assert sample.load.calls == pytest.approx(4.0)


def test_trials_that_failed_tell_nothing() -> None:
    run = runs.run([runs.failed("short-poll", 1)])
    assert samples([run], "short-poll") == ()
    assert costs([run], "short-poll") is None


MIXES = np.array([[1.0, 10.0], [1.0, 40.0], [1.0, 90.0], [1.0, 160.0]])
SIZES = np.arange(4)


def test_the_parts_of_a_known_sum() -> None:
    best, *draws = fits(MIXES, MIXES @ [3.0, 0.5], SIZES)
    assert best.tolist() == pytest.approx([3.0, 0.5])
    assert len(draws) == DRAWS


def test_no_part_is_below_zero() -> None:
    best, *_ = fits(MIXES, MIXES @ [-1.0, 0.5], SIZES)
    assert best[0] == 0
    assert best[1] > 0


def test_a_column_of_zeros_costs_nothing() -> None:
    best, *_ = fits(MIXES * [0, 1], MIXES[:, 1] * 0.5, SIZES)
    assert best.tolist() == pytest.approx([0.0, 0.5])


def test_rounds_that_differ_give_an_interval() -> None:
    spent = np.array([9.0, 10.0, 11.0, 9.0, 10.0, 11.0])
    told = estimate(fits(np.ones((6, 1)), spent, np.array([1, 1, 1, 2, 2, 2]))[:, 0])
    assert 9.0 <= told.low < told.mid < told.high <= 11.0


def test_a_size_with_one_round_is_in_every_draw() -> None:
    made = fits(MIXES, MIXES @ [3.0, 0.5], SIZES)
    assert {tuple(parts) for parts in np.round(made, 9).tolist()} == {(3.0, 0.5)}
