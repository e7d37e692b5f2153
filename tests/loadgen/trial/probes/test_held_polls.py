"""How long held polls wait for their answers, seen on a real server whose feed goes on."""

import numpy as np
import pytest

from feed.spec import FeedSpec
from loadgen.clients.client import Subscription
from loadgen.recording.recorder import Recorder
from loadgen.runfile.figures import Waking
from loadgen.runfile.scenario import ClientsSpec, Scenario, TrialSpec
from loadgen.trial import trial
from loadgen.trial.planned import Planned
from loadgen.trial.probes.held_polls import Ints, Path, Woken, idle_ones, see_waking
from loadgen.under_test import control_client
from loadgen.under_test.server import Server

FEED = FeedSpec(schedule="constant", rate_per_s=20.0, payload_bytes=10)
MS = 1_000_000


def seen(
    feed: FeedSpec,
    clients: int,
    *,
    transit_ns: int = 0,
    timeout_s: float = 30.0,
    keep_alive: bool = True,
    loop: str = "uvloop",
) -> Waking | None:
    with Server("long-poll", feed, headers="minimal") as server:
        epoch_ns = control_client.barrier(
            server.ready.control, workers=1, warmup_ns=0, duration_ns=1, timeout_s=10
        ).epoch_ns
        subscription = Subscription(
            url=server.ready.urls["long-poll"],
            recorder=Recorder(),
            timeout_s=timeout_s,
            keep_alive=keep_alive,
        )
        path = Path(epoch_ns, transit_ns, transit_ns)
        return see_waking(subscription, path, clients=clients, loop=loop)


@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_poll_is_woken_some_time_after_the_event_was_due(keep_alive: bool, loop: str) -> None:
    waking = seen(FEED, clients=10, keep_alive=keep_alive, loop=loop)
    assert waking
    assert 0 < waking.wake_ns < 1_000_000_000
    assert waking.apart_ns > 0
    assert 0 < waking.leaves_ns < 1_000_000_000


async def test_a_loop_that_runs_already_is_not_in_the_way() -> None:
    # A notebook runs its cells in one.
    assert seen(FEED, clients=2)


def test_a_single_client_waits_for_nobody() -> None:
    waking = seen(FEED, clients=1)
    assert waking
    assert (waking.answer_ns, waking.apart_ns) == (0, 0)


def test_the_transit_is_not_the_servers_time() -> None:
    waking = seen(FEED, clients=1, transit_ns=30 * MS)
    assert waking
    assert waking.wake_ns == 0


@pytest.mark.parametrize("timeout_s", [0.01, 30.0])
def test_without_an_event_nothing_is_known(
    timeout_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loadgen.trial.probes.held_polls.LONGEST_S", 0.1)
    rare = FeedSpec(schedule="constant", rate_per_s=0.01, payload_bytes=10)
    assert seen(rare, clients=2, timeout_s=timeout_s) is None


def test_a_server_that_is_gone_tells_nothing() -> None:
    nowhere = Subscription(url="http://127.0.0.1:1/long-poll", recorder=Recorder())
    assert see_waking(nowhere, Path(0, 0, 0), clients=2, loop="uvloop") is None


def arrivals(*rows: tuple[int, float, float]) -> Ints:
    """Of one client: seq, due in ms, arrival in ms."""
    return np.array([[seq, due * MS, 0, came * MS] for seq, due, came in rows], dtype=np.int64)


def test_an_event_is_idle_where_all_polls_had_arrived_and_settled() -> None:
    # Polls are sent at 0 and arrive at 5: the event of 14 may meet a busy server. That of 100 finds
    # polls that left at 21 and arrived at 26, and that of 112 comes while they are on their way.
    first = arrivals((1, 14, 20), (2, 100, 107), (3, 112, 118), (4, 150, 156))
    second = arrivals((1, 14, 21), (2, 100, 109), (3, 112, 118), (4, 150, 158))
    leaves = {107 * MS: 1 * MS}, {109 * MS: 2 * MS}
    path = Path(epoch_ns=0, transit_ns=5 * MS, reach_ns=5 * MS)
    found = idle_ones([first, second], leaves, 0, path)
    assert found == [Woken(3.0 * MS, 2 * MS, 1.5 * MS), Woken(2.0 * MS, 2 * MS, 0)]


def test_an_event_that_a_client_has_not_got_yet_does_not_count() -> None:
    first, second = arrivals((1, 100, 101), (2, 200, 201)), arrivals((1, 100, 101))
    assert len(idle_ones([first, second], [{}, {}], 0, Path(0, 0, 0))) == 1


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
    assert exchanges["long-poll"].busy is None
    assert exchanges["short-poll"].waking is None
