"""The figures in Prometheus' own format, read back by its own parser."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from feed.process import Usage
from feed.spec import FeedSpec
from servers.control.prometheus import text
from servers.process import running
from servers.settings import ServerSettings
from tests.servers.http_client import connected

USED = Usage(at_ns=1, user_ns=1_500_000_000, system_ns=250_000_000, rss_bytes=42_000_000)


def samples(page: str) -> dict[tuple[str, ...], float]:
    """(name, value of each label …) -> value."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_the_account_can_be_read_back() -> None:
    page = text(
        last_seq=17, lags_ns=[2_000_000, 50_000, 400_000_000], used=USED, transports=["websocket"]
    )
    read = samples(page.decode())
    assert read["pushbench_events_published_total",] == 17
    assert read["pushbench_server_cpu_seconds_total", "user"] == 1.5
    assert read["pushbench_server_cpu_seconds_total", "system"] == 0.25
    assert read["pushbench_server_resident_memory_bytes",] == 42_000_000
    assert read["pushbench_transport_served", "websocket"] == 1
    assert read["pushbench_publish_lag_seconds_bucket", "0.0001"] == 1
    assert read["pushbench_publish_lag_seconds_bucket", "0.003"] == 2
    assert read["pushbench_publish_lag_seconds_bucket", "+Inf"] == 3
    assert read["pushbench_publish_lag_seconds_sum",] == pytest.approx(0.40205)


async def test_a_running_server_is_scraped_on_its_control_port() -> None:
    feed = FeedSpec(schedule="constant", rate_per_s=1_000, payload_bytes=10)
    settings = ServerSettings(
        transports=("short-poll",), feed=feed, lead_ns=0, history=50, autostart=True
    )
    async with running(settings) as ready, connected(ready.control) as control:
        first = await control.get("/metrics")
        assert first.status == 200
        assert first.headers["content-type"].startswith("text/plain")
        while True:  # the counter moves
            again = samples((await control.get("/metrics")).body.decode())
            if again["pushbench_events_published_total",] > 0:
                break
        assert again["pushbench_transport_served", "short-poll"] == 1
        assert again["pushbench_server_resident_memory_bytes",] > 1_000_000
