"""The sizes of one poll, held against what a trial's own counters say."""

import pytest

from feed.spec import FeedSpec
from loadgen.runfile.figures import MessageSizes
from loadgen.runfile.scenario import ClientsSpec, HeaderProfile, PollSpec, Scenario, TrialSpec
from loadgen.trial import trial
from loadgen.trial.planned import Planned
from loadgen.trial.probes.blocking_poll import Polls
from loadgen.trial.probes.message_sizes import measure_poll


def exchange(transport: str, headers: HeaderProfile) -> MessageSizes:
    scenario = Scenario(
        feed=FeedSpec(schedule="constant", rate_per_s=10.0, payload_bytes=10),
        clients=ClientsSpec(count=2, headers=headers),
        poll=PollSpec(interval_s=0.1),
        trial=TrialSpec(warmup_s=0.1, duration_s=0.3, drain_s=1.0, rounds=1),
    )
    figures = trial.measure(
        Planned(transport, 1, scenario), trial.TrialSetup(), lambda delivered: None
    )
    assert figures.exchange is not None
    return figures.exchange


@pytest.mark.trial
def test_a_minimal_short_poll_weighs_what_can_be_counted_by_hand() -> None:
    seen = exchange("short-poll", "minimal")
    assert seen.request_bytes == len(
        "GET /short-poll?after=1 HTTP/1.1\r\nHost: 127.0.0.1:12345\r\n\r\n"
    )
    assert seen.request_digit_bytes == 1
    assert seen.answer_digit_bytes == 1
    # an answer with events says its type and its length, and has a shorter status line
    more = len("Content-Type: application/json\r\n") + len("Content-Length: 9\r\n")
    assert seen.answer_bytes == seen.empty_bytes + more - len("204 No Content") + len("200 OK")


@pytest.mark.trial
def test_a_long_poll_weighs_its_timeout_more() -> None:
    seen = exchange("long-poll", "minimal")
    assert seen.request_bytes == len(
        "GET /long-poll?after=1&timeout_s=30 HTTP/1.1\r\nHost: 127.0.0.1:12345\r\n\r\n"
    )


@pytest.mark.trial
def test_the_profile_of_2010_weighs_the_same_whatever_it_carries() -> None:
    seen = exchange("short-poll", "quantum-2010")
    assert seen == MessageSizes(
        request_bytes=716,
        request_digit_bytes=0,
        empty_bytes=193,
        answer_bytes=193,
        answer_digit_bytes=0,
        busy=seen.busy,
    )


@pytest.mark.parametrize("timeout_s", [None, 30.0])
def test_a_server_that_is_gone_has_no_sizes(timeout_s: float | None) -> None:
    url = "http://127.0.0.1:1/short-poll"
    assert measure_poll(Polls(url=url, headers="minimal", timeout_s=timeout_s)) is None
