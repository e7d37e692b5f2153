"""The scenario as rows of text."""

import msgspec

from reports.formatting.facts import facts
from tests.reports import runs


def test_every_key_of_a_scenario_has_its_row() -> None:
    plan = runs.scenario()
    plan = msgspec.structs.replace(plan, feed=msgspec.structs.replace(plan.feed, seed=2**62))
    told = dict(facts(plan))
    assert told["name"] == "quiet-chat"
    assert told["transports"] == "short-poll, long-poll, websocket"
    assert told["feed.seed"] == "4611686018427387904"
    assert told["feed.rate_per_s"] == "0.2"
    assert told["feed.payload_bytes"] == "120\N{NO-BREAK SPACE}B"
    assert told["feed.trace"] == "–"
    assert told["poll.keep_alive"] == "yes"
    assert told["trial.duration_s"] == "60"


def test_an_empty_table_takes_no_row() -> None:
    machine = msgspec.structs.replace(runs.plausible().machine, libraries={}, malloc={})
    assert not [name for name, _ in facts(machine) if name.startswith(("libraries", "malloc"))]
