"""Every published number of a run that can be worked out by hand."""

from typing import Any

import msgspec
import pytest

from loadgen.runfile.figures import (
    ConnectCost,
    Deliveries,
    Distribution,
    Figures,
    Layers,
    Requests,
    ServerFigures,
    Traffic,
    WorkerFigures,
)
from reports.summary.summary import Summary, summarise
from tests.reports import runs
from tests.reports.runs import layers, usage


def spread_of(p99_ns: int) -> Distribution:
    return Distribution(
        count=100, mean_ns=2.0, min_ns=1, p50_ns=2, p90_ns=3, p99_ns=p99_ns, p999_ns=5, max_ns=6
    )


def worker(cpu_ns: int, grown_bytes: int, lag_ns: int) -> WorkerFigures:
    return WorkerFigures(
        clients=5,
        ready=usage(0, 0, 1_000),
        window_start=usage(1_000, 40, 1_500),
        window_end=usage(2_000, 40 + cpu_ns, 1_000 + grown_bytes),
        loop_lag=spread_of(lag_ns),
        loop="asyncio",
    )


# Ten clients, a window of 2 s, 40 events received.
BY_HAND = Figures(
    clients=10,
    window_ns=2_000_000_000,
    deliveries=Deliveries(
        expected=50,
        delivered=48,
        lost=2,
        duplicates=3,
        out_of_order=4,
        late=5,
        gaps=6,
        received=40,
    ),
    latency=Distribution(
        count=48, mean_ns=12.5, min_ns=1, p50_ns=10, p90_ns=20, p99_ns=30, p999_ns=40, max_ns=50
    ),
    requests=Requests(useful=15, empty=75, failed=10, missed_slots=7, delay=spread_of(9)),
    window=Traffic(
        up=Layers(
            payload_bytes=0, message_bytes=0, protocol_bytes=4_000, tcp_bytes=4_400, segments=10
        ),
        down=Layers(
            payload_bytes=800,
            message_bytes=1_200,
            protocol_bytes=2_000,
            tcp_bytes=2_400,
            segments=20,
        ),
        connections=0,
    ),
    whole=Traffic(up=layers(0, 0, 1, 1), down=layers(1, 1, 1, 1), connections=10),
    server=ServerFigures(
        ready=usage(0, 0, 1_000),
        window_start=usage(1_000, 100, 9_000),
        window_end=usage(2_000, 900, 6_000),
        publish_lag=spread_of(8),
        loop="asyncio",
        libraries={},
    ),
    workers=(worker(200, 700, 11), worker(120, 300, 13)),
    setup=ConnectCost(
        traffic=Traffic(up=layers(0, 0, 500, 30), down=layers(0, 0, 300, 20), connections=10),
        duration=spread_of(9),
    ),
    stolen_share=0.02,
)

EXPECTED = {
    "rounds": 1,
    "failed_rounds": 0,
    "expected": 50,
    "delivered": 48,
    "lost": 2,
    "duplicates": 3,
    "out_of_order": 4,
    "late": 5,
    "gaps": 6,
    "received": 40,
    "latency_mean_ns": 12.5,
    "latency_p50_ns": 10,
    "latency_p90_ns": None,  # 48 samples are too few for it, and for those further out
    "latency_p99_ns": None,
    "latency_p999_ns": None,
    "latency_max_ns": 50,
    "requests_per_s": 50,  # 100 in 2 s
    "requests_useful": 15,
    "requests_empty": 75,
    "failed_requests": 10,
    "empty_share": 0.75,  # 75 of 100
    "missed_slots": 7,
    "request_delay_p99_ns": 9,
    "payload_bytes_per_delivery": 20,  # 800 / 40
    "message_bytes_per_delivery": 30,  # 1200 / 40
    "protocol_bytes_per_delivery": 150,  # 6000 / 40
    "tcp_bytes_per_delivery": 170,  # 6800 / 40
    "ip_bytes_per_delivery": 209,  # (6800 + 52 * 30) / 40
    "up_bytes": 4_000,
    "down_bytes": 2_000,
    "waste_share": 1 - 20 / 209,
    "setup_bytes_per_client": 340,  # (500 + 300 + 52 × 50) / 10
    "setup_time_p50_ns": 2,
    "server_cpu_ns_per_delivery": 20,  # 800 / 40
    "generator_cpu_ns_per_delivery": 8,  # (200 + 120) / 40
    "server_cpu_share": 0.8,  # 800 / 1000
    "generator_cpu_share": 0.2,  # the busier: 200 / 1000
    "server_rss_bytes_per_client": 500,  # (6000 - 1000) / 10
    "generator_rss_bytes_per_client": 100,  # (700 + 300) / 10
    "loop_lag_p99_ns": 13,
    "loop_lag_max_ns": 6,
    "publish_lag_p99_ns": 8,
    "publish_lag_max_ns": 6,
    "stolen_share": 0.02,
    "generator_healthy": True,
}


def summary_of(*rounds: Figures) -> Summary:
    trials = [runs.trial("websocket", number, f) for number, f in enumerate(rounds, start=1)]
    return summarise(runs.run(trials, runs.scenario(["websocket"])))[0]


def changed(path: str, **changes: Any) -> Figures:
    part = getattr(BY_HAND, path)
    return msgspec.structs.replace(BY_HAND, **{path: msgspec.structs.replace(part, **changes)})


def test_the_keys_are_published_in_a_fixed_order() -> None:
    assert list(summary_of(BY_HAND).published()) == list(EXPECTED)


@pytest.mark.parametrize("key", EXPECTED)
def test_a_number_is_what_the_hand_says(key: str) -> None:
    value = summary_of(BY_HAND).published()[key]
    expected = EXPECTED[key]
    assert value is None if expected is None else value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("key", "enough", "value"),
    [
        ("latency_p50_ns", 20, 10),
        ("latency_p90_ns", 100, 20),
        ("latency_p99_ns", 1_000, 30),
        ("latency_p999_ns", 10_000, 40),
    ],
)
def test_a_percentile_needs_ten_samples_beyond_it(key: str, enough: int, value: int) -> None:
    assert summary_of(changed("latency", count=enough))[key] == value
    assert summary_of(changed("latency", count=enough - 1))[key] is None


def test_a_round_with_too_few_samples_is_left_out_of_a_percentiles_median() -> None:
    rounds = [changed("latency", count=count) for count in (19, 20, 21)]
    summary = summary_of(*rounds)
    assert summary["latency_p50_ns"] == 10
    assert summary.spread("latency_p50_ns") == (10, 10)


def test_a_figure_is_the_median_over_the_rounds_and_keeps_its_spread() -> None:
    summary = summary_of(
        changed("deliveries", lost=9), changed("deliveries", lost=1), changed("deliveries", lost=2)
    )
    assert summary["lost"] == 2
    assert summary.spread("lost") == (1, 9)


def test_nothing_received_leaves_the_numbers_per_delivery_out() -> None:
    summary = summary_of(runs.silent(changed("deliveries", received=0)))
    published = summary.published()
    assert {key for key, value in published.items() if value is None} == {
        *(key for key in EXPECTED if key.endswith("_per_delivery")),
        *(key for key in EXPECTED if key.startswith("latency_")),
    }


def test_push_has_no_empty_share() -> None:
    summary = summary_of(runs.websocket())
    assert summary["requests_per_s"] == 0
    assert summary["empty_share"] is None
    assert summary["request_delay_p99_ns"] is None


def test_without_the_kernels_count_the_tcp_numbers_are_left_out() -> None:
    bare = layers(800, 1_200, 2_000, None)
    traffic = Traffic(up=layers(0, 0, 4_000, 1), down=bare, connections=0)
    summary = summary_of(msgspec.structs.replace(BY_HAND, window=traffic))
    assert summary["protocol_bytes_per_delivery"] == 150
    for key in ("tcp_bytes_per_delivery", "ip_bytes_per_delivery", "waste_share"):
        assert summary[key] is None


def test_transports_stand_in_the_scenarios_order_with_or_without_trials() -> None:
    trials = [runs.trial("websocket", 1, BY_HAND), runs.failed("short-poll", 1, "no port")]
    summaries = summarise(runs.run(trials))
    assert [s.transport for s in summaries] == ["short-poll", "long-poll", "websocket"]
    assert [(s.rounds, s.failed_rounds) for s in summaries] == [(0, 1), (0, 0), (1, 0)]
    assert [s.generator_healthy for s in summaries] == [None, None, True]
    assert summaries[0].failures == {1: "no port"}
    assert summaries[0]["expected"] is None


def test_one_sick_round_makes_the_generator_sick() -> None:
    sick = msgspec.structs.replace(BY_HAND, workers=(worker(950, 0, 0),))
    assert summary_of(BY_HAND, sick).generator_healthy is False
