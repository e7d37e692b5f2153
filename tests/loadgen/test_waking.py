"""How long held polls wait for their answers, seen on a real server whose feed goes on."""

import pytest

from feed.spec import FeedSpec
from loadgen import control, trial
from loadgen.figures import Waking
from loadgen.plan import Planned
from loadgen.probe import Polls
from loadgen.scenario import ClientsSpec, Scenario, TrialSpec
from loadgen.server import Server
from loadgen.waking import see_waking

FEED = FeedSpec(schedule="constant", rate_per_s=20.0, payload_bytes=10)


def seen(feed: FeedSpec, clients: int, transit_ns: int = 0, timeout_s: float = 30) -> Waking | None:
    with Server("long-poll", feed, headers="minimal") as server:
        epoch_ns = control.barrier(
            server.ready.control, workers=1, warmup_ns=0, duration_ns=1, timeout_s=10
        ).epoch_ns
        url = server.ready.urls["long-poll"]
        polls = Polls(url=url, headers="minimal", timeout_s=timeout_s, tls=None)
        return see_waking(polls, clients=clients, after=0, epoch_ns=epoch_ns, transit_ns=transit_ns)


def test_a_poll_is_woken_some_time_after_the_event_was_due() -> None:
    waking = seen(FEED, clients=10)
    assert waking
    assert 0 < waking.wake_ns < 1_000_000_000
    assert waking.apart_ns > 0


def test_a_single_client_waits_for_nobody() -> None:
    waking = seen(FEED, clients=1)
    assert waking
    assert (waking.answer_ns, waking.apart_ns) == (0, 0)


def test_the_transit_is_not_the_servers_time() -> None:
    waking = seen(FEED, clients=1, transit_ns=30_000_000)
    assert waking
    assert waking.wake_ns == 0


@pytest.mark.parametrize("timeout_s", [0.01, 30.0])
def test_without_an_event_nothing_is_known(
    timeout_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loadgen.waking.LONGEST_S", 0.1)
    rare = FeedSpec(schedule="constant", rate_per_s=0.01, payload_bytes=10)
    assert seen(rare, clients=2, timeout_s=timeout_s) is None


def test_a_server_that_is_gone_tells_nothing() -> None:
    polls = Polls(url="http://127.0.0.1:1/long-poll", headers="minimal", timeout_s=1.0, tls=None)
    assert see_waking(polls, clients=2, after=0, epoch_ns=0, transit_ns=0) is None


def test_a_trial_of_long_polls_has_it_and_one_of_short_polls_has_not() -> None:
    scenario = Scenario(
        feed=FEED,
        clients=ClientsSpec(count=2, headers="minimal"),
        trial=TrialSpec(warmup_s=0.1, duration_s=0.5, drain_s=1.0, rounds=1),
    )
    made = {
        name: trial.measure(Planned(name, 1, scenario), trial.Setup(), lambda delivered: None)
        for name in ("short-poll", "long-poll")
    }
    exchanges = {name: figures.exchange for name, figures in made.items()}
    assert exchanges["long-poll"]
    assert exchanges["short-poll"]
    assert exchanges["long-poll"].waking
    assert exchanges["short-poll"].waking is None
