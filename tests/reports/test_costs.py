"""Costs fitted to trials that were made by a known model."""

import pytest

from loadgen.run import Run
from reports.costs import costs, samples
from tests.reports import runs
from tests.reports.sized import of_size

BASE, PER_REQUEST, PER_DELIVERY = 0.01, 100e-6, 20e-6
RSS_BASE, RSS_PER_CLIENT = 2_000_000, 30_000


def polled(clients: int, requests_per_s: float, deliveries_per_s: float) -> Run:
    return of_size(
        "short-poll",
        clients,
        requests_per_s=requests_per_s,
        deliveries_per_s=deliveries_per_s,
        cpu=BASE + PER_REQUEST * requests_per_s + PER_DELIVERY * deliveries_per_s,
        rss_bytes=RSS_BASE + RSS_PER_CLIENT * clients,
    )


def test_different_mixes_tell_what_each_part_costs() -> None:
    found = costs([polled(100, 100, 20), polled(300, 300, 600), polled(200, 400, 0)], "short-poll")
    assert found
    best = found.cpu[0]
    assert best.tolist() == pytest.approx([BASE, PER_REQUEST, PER_DELIVERY], rel=1e-3)
    assert found.clients == (100, 200, 300)
    told = found.cores(10_000, 2_000)
    assert told.mid == pytest.approx(0.01 + 1.0 + 0.04, rel=1e-3)
    assert told.low <= told.mid <= told.high


def test_memory_is_a_constant_and_so_much_for_each_client() -> None:
    found = costs([polled(100, 100, 20), polled(300, 300, 60)], "short-poll")
    assert found
    assert found.memory(1_000).mid == pytest.approx(32_000_000, rel=1e-3)


def test_one_mix_predicts_that_mix_and_spans_the_splits_of_any_other() -> None:
    found = costs([polled(100, 100, 20), polled(300, 300, 60)], "short-poll")
    assert found
    same = found.cores(1_000, 200)
    assert same.mid == pytest.approx(BASE + 0.1 + 0.004, rel=1e-3)
    assert same.high - same.low < 0.01 * same.mid
    other = found.cores(1_000, 2_000)  # ten times as many deliveries for a request
    assert other.low < BASE + 0.1 + 0.04 < other.high
    assert other.high > 3 * other.low


def test_one_number_of_clients_is_taken_to_grow_with_them() -> None:
    found = costs([polled(100, 100, 20)], "short-poll")
    assert found
    assert found.cores(1_000, 200).mid == pytest.approx(10 * (BASE + 0.01 + 0.0004), rel=1e-6)
    assert found.memory(1_000).mid == pytest.approx(10 * 5_000_000, rel=1e-6)


def test_a_push_transport_has_no_requests_to_pay_for() -> None:
    made = [
        of_size(
            "websocket",
            clients,
            requests_per_s=0,
            deliveries_per_s=clients,
            cpu=PER_DELIVERY * clients,
            rss_bytes=clients * 50_000,
        )
        for clients in (100, 300)
    ]
    found = costs(made, "websocket")
    assert found
    assert found.cores(123_456, 1_000).mid == pytest.approx(0.02, rel=1e-6)


def test_trials_that_failed_tell_nothing() -> None:
    run = runs.run([runs.failed("short-poll", 1)])
    assert samples([run], "short-poll") == ()
    assert costs([run], "short-poll") is None
