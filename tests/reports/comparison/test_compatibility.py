"""Which runs may be held against each other."""

from typing import Any

import msgspec
import pytest

from loadgen.runfile.run import Run
from reports.comparison import compatibility
from tests.reports import runs

replace = msgspec.structs.replace


def of(**changes: Any) -> Run:
    return replace(runs.plausible(), scenario=runs.scenario(**changes))


def test_a_run_is_like_itself(plausible: Run) -> None:
    assert compatibility.scenarios(plausible, plausible) == ()
    assert compatibility.hosts(plausible, plausible) == ()
    assert compatibility.circumstances(plausible, plausible) == ()
    assert compatibility.same_draw(plausible, plausible)


def test_the_keys_that_differ_are_named_with_both_values(plausible: Run) -> None:
    clients = replace(plausible.scenario.clients, count=500)
    link = replace(plausible.scenario.link, rtt_ms=300.0)
    told = [
        str(each) for each in compatibility.scenarios(plausible, of(clients=clients, link=link))
    ]
    assert told == ["clients.count 100 → 500", "link.rtt_ms 0 → 300"]


def test_names_rounds_seed_and_limits_decide_nothing(plausible: Run) -> None:
    feed = replace(plausible.scenario.feed, seed=5)
    other = of(
        name="x", rounds=9, feed=feed, transports=["websocket"], limits={"websocket.lost": 0}
    )
    assert compatibility.scenarios(plausible, other) == ()


def test_a_recording_may_lie_in_another_folder(plausible: Run) -> None:
    feeds = [
        replace(plausible.scenario.feed, schedule="trace", trace=path, rate_per_s=1.0)
        for path in ("a/chat.jsonl", "b/chat.jsonl", "b/other.jsonl")
    ]
    here, there, other = (of(feed=feed) for feed in feeds)
    assert compatibility.scenarios(here, there) == ()
    assert compatibility.same_draw(here, there)
    assert [each.key for each in compatibility.scenarios(here, other)] == ["feed.trace"]


@pytest.mark.parametrize("key", ["host", "processor", "network"])
def test_another_machine_is_seen(plausible: Run, key: str) -> None:
    other = replace(plausible, machine=replace(plausible.machine, **{key: "other"}))
    assert [each.key for each in compatibility.hosts(plausible, other)] == [key]
    assert compatibility.circumstances(plausible, other) == ()


def test_a_library_of_another_version_is_a_circumstance(plausible: Run) -> None:
    libraries = {**plausible.machine.libraries, "aiohttp": "4.0"}
    other = replace(plausible, machine=replace(plausible.machine, libraries=libraries))
    assert compatibility.hosts(plausible, other) == ()
    assert [str(each) for each in compatibility.circumstances(plausible, other)] == [
        "libraries.aiohttp 3.12.0 → 4.0"
    ]


def test_another_seed_draws_another_feed_and_a_link_does_not(plausible: Run) -> None:
    assert not compatibility.same_draw(plausible, replace(plausible, seed=8))
    assert compatibility.same_draw(plausible, of(link=replace(plausible.scenario.link, rtt_ms=9.0)))
    assert not compatibility.same_draw(
        plausible, of(poll=replace(plausible.scenario.poll, interval_s=9.0))
    )
