"""What short polls without a rest cost, seen on a real server that counts its own CPU time."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from feed.spec import FeedSpec
from loadgen.runfile.figures import Busy
from loadgen.runfile.scenario import ClientsSpec, Scenario, TrialSpec
from loadgen.trial import trial
from loadgen.trial.planned import Planned
from loadgen.trial.probes.blocking_poll import Polls
from loadgen.trial.probes.busy_polls import measure_busy
from loadgen.under_test import control_client
from loadgen.under_test.server import Server

FEED = FeedSpec(schedule="burst", rate_per_s=20.0, burst_events=20, payload_bytes=10)
NOWHERE = "http://127.0.0.1:1"


@contextmanager
def published() -> Iterator[Server]:
    """A server that holds the first twenty events."""
    with Server({"transports": ["short-poll"], "feed": FEED}) as server:
        place = server.ready.control
        control_client.wait_at_barrier(place, workers=1, warmup_ns=0, duration_ns=1, timeout_s=10)
        while control_client.fetch_figures(place).published.last_seq < 20:
            pass
        yield server


def seen(place: str, url: str, *, keep_alive: bool = True, events_per_poll: float) -> Busy | None:
    return measure_busy(
        Polls(url=url, headers="minimal", keep_alive=keep_alive),
        control=place,
        clients=3,
        events_per_poll=events_per_poll,
        last_seq=20,
    )


@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize("events_per_poll", [0.0, 0.5, 3.0])
def test_each_poll_brings_so_many_events(
    keep_alive: bool, events_per_poll: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loadgen.trial.probes.busy_polls.MOST", 100)
    monkeypatch.setattr("loadgen.trial.probes.busy_polls.LONGEST_NS", 30_000_000_000)
    with published() as server:
        url, place = server.ready.urls["short-poll"], server.ready.control
        busy = seen(place, url, keep_alive=keep_alive, events_per_poll=events_per_poll)
        newer = (
            control_client.fetch_figures(place).published.last_seq - 20
        )  # they come to one poll each
    assert busy
    assert busy.polls == 100
    assert 0 <= busy.events - 100 * events_per_poll <= newer
    assert 0 < busy.cpu_ns
    assert 0 < busy.span_ns


def test_it_takes_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadgen.trial.probes.busy_polls.LONGEST_NS", 0)
    with published() as server:
        busy = seen(server.ready.control, server.ready.urls["short-poll"], events_per_poll=0.0)
    assert busy
    assert busy.polls <= 1


def test_a_server_that_is_gone_tells_nothing() -> None:
    assert seen(NOWHERE, f"{NOWHERE}/short-poll", events_per_poll=1.0) is None


def test_a_server_whose_cpu_time_nobody_tells_is_not_known() -> None:
    with published() as server:
        assert seen(NOWHERE, server.ready.urls["short-poll"], events_per_poll=1.0) is None


@pytest.mark.trial
def test_a_trial_of_short_polls_has_it() -> None:
    scenario = Scenario(
        feed=FeedSpec(schedule="constant", rate_per_s=20.0, payload_bytes=10),
        clients=ClientsSpec(count=2, headers="minimal"),
        trial=TrialSpec(warmup_s=0.1, duration_s=0.5, drain_s=1.0, rounds=1),
    )
    figures = trial.measure(
        Planned("short-poll", 1, scenario), trial.TrialSetup(), lambda told: None
    )
    assert figures.exchange
    busy = figures.exchange.busy
    assert busy
    assert busy.polls > 0
    # 20 events a second, polls each second
    assert busy.events == pytest.approx(20 * busy.polls, rel=0.1)
