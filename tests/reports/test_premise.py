"""What theory takes from a run and a trial, and what it says where something is not there."""

from typing import Any

import msgspec
import pytest

from feed.schedule import events_before
from feed.spec import FeedSpec
from loadgen.run import Run, Trial
from loadgen.scenario import HttpSpec, PollSpec
from reports.premise import Premise, premise
from reports.theory import expect, replayed
from tests.reports import runs
from tests.reports.premises import MS, S, make


def first(run: Run, **changes: object) -> Trial:
    figures = run.trials[0].figures
    assert figures
    return msgspec.structs.replace(
        run.trials[0], figures=msgspec.structs.replace(figures, **changes)
    )


def of_feed(feed: FeedSpec, number: int = 1) -> Premise:
    run = runs.run([runs.trial("short-poll", number, runs.short_poll())], runs.scenario(feed=feed))
    return premise(run, run.trials[0])


def test_the_window_and_the_link_are_the_runs(plausible: Run) -> None:
    found = premise(plausible, plausible.trials[0])
    assert (found.start_ns, found.end_ns, found.interval_ns) == (S, 61 * S, S)
    assert (found.transit_ns, found.transit_known) == (15_000, True)
    assert found.clients == runs.CLIENTS


def test_without_a_measured_link_the_transit_is_0(plausible: Run) -> None:
    found = premise(plausible, first(plausible, link=None))
    assert (found.transit_ns, found.transit_known) == (0, False)


def test_a_round_replays_the_feed_of_its_own_seed() -> None:
    feed = FeedSpec(rate_per_s=1.0, seed=5)
    found = of_feed(feed, number=3).drawn
    assert found
    events = events_before(FeedSpec(rate_per_s=1.0, seed=7), 61 * S)
    assert found.due_ns.tolist() == [event.due for event in events]
    sizes = [len(f'{{"seq":{e.seq},"due":{e.due},"data":"{e.data}"}}') for e in events]
    assert found.message_bytes.tolist() == sizes


@pytest.mark.parametrize(
    ("feed", "reason"),
    [
        (FeedSpec(rate_per_s=1_000_000), "the round has more than 200,000 events"),
        (FeedSpec(schedule="trace", trace="/no/such/file"), "the trace cannot be read here"),
    ],
)
def test_a_feed_that_cannot_be_drawn_is_told(feed: FeedSpec, reason: str) -> None:
    found = of_feed(feed)
    assert found.drawn is None
    assert set(replayed(found).why_not.values()) == {reason}
    assert expect(found).values["requests_per_s"] == runs.CLIENTS


def test_a_second_self_is_the_same_transport(plausible: Run) -> None:
    trial = msgspec.structs.replace(plausible.trials[0], transport="websocket@aiohttp#2")
    assert premise(plausible, trial).transport == "websocket"


@pytest.mark.parametrize(("transport", "changed"), [("websocket", True), ("sse", False)])
def test_compression_changes_what_is_compressed(
    plausible: Run, transport: str, changed: bool
) -> None:
    plan = runs.scenario(http=HttpSpec(compression=True))
    trial = msgspec.structs.replace(plausible.trials[0], transport=transport)
    assert bool(premise(runs.run([trial], plan), trial).changed) == changed


def test_a_connection_for_each_poll_reaches_the_server_after_three_transits() -> None:
    assert make(transit_ns=10 * MS).reach_ns == 10 * MS
    assert make(transit_ns=10 * MS, keep_alive=False).reach_ns == 30 * MS
    assert make(transit_ns=10 * MS, keep_alive=False, encrypted=True).reach_ns == 50 * MS
    assert make("websocket", transit_ns=10 * MS, keep_alive=False).reach_ns == 10 * MS
    plan = runs.scenario(poll=PollSpec(keep_alive=False))
    run = runs.run([runs.trial("short-poll", 1, runs.short_poll())], plan)
    assert not premise(run, run.trials[0]).keep_alive


@pytest.mark.parametrize(
    ("transit_ms", "step_s"), [(0, 1), (499, 1), (500, 1), (501, 2), (1_000, 2), (1_001, 3)]
)
def test_slots_are_left_out_while_a_poll_is_out(transit_ms: int, step_s: int) -> None:
    assert make(transit_ns=transit_ms * MS).step_ns == step_s * S


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        (
            {"exchange": None},
            "protocol_bytes_per_delivery",
            "the sizes of a poll were not recorded",
        ),
        ({"encrypted": True}, "tcp_bytes_per_delivery", "TLS adds records of its own"),
        ({"changed": "it is squeezed"}, "protocol_bytes_per_delivery", "it is squeezed"),
        ({"batched": True}, "latency_mean_ns", "batching is not in the model"),
        ({"transport": "pigeon"}, "latency_mean_ns", "there is no model of it"),
    ],
)
def test_what_is_not_predicted_has_its_reason(
    changes: dict[str, Any], key: str, reason: str
) -> None:
    for prediction in (expect(make(**changes)), replayed(make(due_s=[1.5], **changes))):
        assert prediction.why_not[key] == reason


def test_nothing_due_in_the_window_is_a_reason_too() -> None:
    prediction = replayed(make(due_s=[]))
    assert prediction.why_not["latency_mean_ns"] == "no event was due in the window"
    assert prediction.values["empty_share"] == 1
    assert prediction.curve_ns == ()
