"""Needs at a size that was not measured, against what can be worked out on paper."""

import msgspec
import pytest

from reports.planning.capacity import MONTH_S, Need, Size, needs
from tests.reports import runs
from tests.reports.sized import READY_BYTES, of_size

SIZE = Size(clients=10_000, rate_per_s=0.5, payload_bytes=100, interval_s=2.0, busy=0.5)


def need(transport: str, requests: float, size: Size = SIZE) -> Need:
    """From 100 and 300 clients, an event each 5 s, and 0.1 ms for a request or a delivery."""
    made = [
        of_size(
            transport,
            clients,
            requests_per_s=requests * clients,
            deliveries_per_s=0.2 * clients,
            cpu=1e-4 * (requests + 0.2) * clients,
            rss_bytes=50_000 * clients,
        )
        for clients in (100, 300)
    ]
    (found,) = needs(made, size)
    return found


def test_short_polling() -> None:
    found = need("short-poll", 1.0)
    assert found.requests_per_s == pytest.approx(5_000)  # each two seconds
    assert found.deliveries_per_s == pytest.approx(5_000)
    assert found.latency_mean_ns == pytest.approx(1e9, rel=1e-3)
    assert found.measured == (100, 300)
    assert found.modelled


def test_processes_share_the_clients_and_each_takes_its_own_memory() -> None:
    found = need("websocket", 0.0)
    assert found.requests_per_s == 0
    assert found.cores.mid == pytest.approx(0.5 / 0.5, rel=1e-6)  # 0.1 ms × 5,000 /s, half busy
    assert found.processes == 1
    assert found.memory_bytes.mid == pytest.approx(10_000 * 50_000 + READY_BYTES, rel=1e-3)
    larger = need("websocket", 0.0, Size(100_000, 0.5, 100, 2.0, busy=0.5))
    assert larger.processes == 10
    assert larger.memory_bytes.mid == pytest.approx(100_000 * 50_000 + 10 * READY_BYTES, rel=1e-3)


def test_bytes_of_push_are_its_frames_and_a_packet_each() -> None:
    found = need("websocket", 0.0)
    # {"seq":15,"due":31000000000,"data":"…"}: 38 bytes around the text, and a frame header of 4
    assert found.protocol_bytes_per_s == pytest.approx(5_000 * (38 + 100 + 4))
    assert found.ip_bytes_per_s == pytest.approx(5_000 * (38 + 100 + 4 + 2 * 52))
    assert found.month_bytes == pytest.approx(5_000 * 246 * MONTH_S)


def test_bytes_of_polls_are_requests_and_answers_and_three_packets_each() -> None:
    found = need("short-poll", 1.0)
    exchange = runs.POLL
    empty = 5_000 * 2.718281828**-1
    useful = 5_000 - empty
    bodies = 5_000 * (38 + 100 + 1) + useful  # n events and their brackets and commas
    expected = (
        5_000 * exchange.request_bytes
        + empty * exchange.empty_bytes
        + useful * exchange.answer_bytes
        + bodies
    )
    assert found.protocol_bytes_per_s == pytest.approx(expected, rel=1e-3)
    assert found.ip_bytes_per_s == pytest.approx(expected + 5_000 * 3 * 52, rel=1e-3)


def test_a_transport_without_a_model_keeps_what_it_had_for_each_delivery() -> None:
    run = of_size(
        "websocket",
        100,
        requests_per_s=0,
        deliveries_per_s=20,
        cpu=0.01,
        rss_bytes=1_000_000,
    )
    (trial,) = run.trials
    other = msgspec.structs.replace(trial, transport="carrier-pigeon")
    (found,) = needs([msgspec.structs.replace(run, trials=(other,))], SIZE)
    assert not found.modelled
    assert found.latency_mean_ns is None
    measured = trial.figures
    assert measured
    per_delivery = measured.window.down.protocol_bytes / measured.deliveries.received
    assert found.protocol_bytes_per_s == pytest.approx(per_delivery * 5_000)
