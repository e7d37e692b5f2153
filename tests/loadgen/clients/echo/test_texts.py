"""The texts of an echo: when they are due, what stands in them, and which answer is to which."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest

from loadgen.clients.echo.texts import AnswerMatcher, dues, plan, text
from loadgen.recording.recorder import Recorder
from loadgen.runfile.scenario import ClientsSpec, EchoSpec, Scenario
from servers.http.echo import answer

MS = 1_000_000


def scenario(schedule: str = "constant", seed: int = 1, rate_per_s: float = 4.0) -> Scenario:
    made = Scenario(
        workload="echo",
        transports=("websocket",),
        echo=msgspec.convert(
            {"schedule": schedule, "rate_per_s": rate_per_s, "payload_bytes": 30}, EchoSpec
        ),
        clients=ClientsSpec(count=4),
    )
    return msgspec.structs.replace(made, feed=msgspec.structs.replace(made.feed, seed=seed))


def test_a_text_begins_with_its_number_and_keeps_its_length() -> None:
    said = text(17, 5, "order please thanks")
    assert (said.number, said.due_ns) == (17, 5)
    assert said.data == b"17 er please thanks"
    assert said.answer == b"17 ER PLEASE THANKS!!!"
    assert said.answer == answer(said.data.decode()).encode()


def test_constant_texts_stand_on_a_grid_at_even_phases() -> None:
    found = dues(scenario(), range(4), 1_000 * MS)
    firsts = sorted(int(own[0]) for own in found)
    assert firsts == [31_250_000, 93_750_000, 156_250_000, 218_750_000]
    for own in found:
        assert np.diff(own).tolist() == [250 * MS] * 3


def test_each_client_draws_its_own_gaps() -> None:
    found = dues(scenario("poisson", rate_per_s=100.0), range(4), 10_000 * MS)
    assert len({int(own[0]) for own in found}) == 4
    for own in found:
        assert 900 < own.size < 1_100
        assert own[-1] < 10_000 * MS


@pytest.mark.parametrize("schedule", ["constant", "poisson"])
def test_a_share_has_the_times_that_its_clients_have_in_the_whole(schedule: str) -> None:
    whole = dues(scenario(schedule), range(4), 5_000 * MS)
    part = dues(scenario(schedule), range(1, 3), 5_000 * MS)
    assert [own.tolist() for own in part] == [own.tolist() for own in whole[1:3]]
    again = dues(scenario(schedule, seed=2), range(4), 5_000 * MS)
    assert [own.tolist() for own in again] != [own.tolist() for own in whole]


def test_the_plan_is_in_order_and_every_text_is_in_it_once() -> None:
    made = scenario("poisson")
    due_ns = dues(made, range(4), 5_000 * MS)
    planned = list(plan(made, range(4), due_ns))
    assert all(one[0] <= other[0] for one, other in pairwise(planned))
    for client, own in enumerate(due_ns):
        said = [each for _, (who, each) in planned if who == client]
        assert [each.number for each in said] == list(range(1, own.size + 1))
        assert [each.due_ns for each in said] == own.tolist()
        assert {len(each.data) for each in said} <= {30}


def test_clients_that_are_never_due_have_an_empty_plan() -> None:
    made = scenario()
    due_ns = dues(made, range(4), MS)
    assert [own.size for own in due_ns] == [0] * 4
    assert list(plan(made, range(4), due_ns)) == []


def spoken() -> tuple[AnswerMatcher, Recorder]:
    """Two texts, planned at 100 and 200, sent 5 later."""
    recorder = Recorder()
    matcher = AnswerMatcher(recorder)
    for number in (1, 2):
        said = text(number, number * 10, "to be said")
        matcher.sent(said, number * 100, number * 100 + 5)
    return matcher, recorder


def test_an_answer_is_an_arrival_with_its_texts_number_and_due_time() -> None:
    matcher, recorder = spoken()
    matcher.match(b"1  BE SAID!!!", 110)
    matcher.match(b"2  BE SAID!!!", 210)
    assert recorder.arrivals().tolist() == [[1, 10, 13, 110], [2, 20, 13, 210]]
    assert recorder.texts().tolist() == [[100, 105, 105, 10], [200, 205, 205, 10]]


def test_an_answer_that_overtakes_another_is_matched_by_its_number() -> None:
    matcher, recorder = spoken()
    matcher.match(b"2  BE SAID!!!", 210)
    matcher.match(b"1  BE SAID!!!", 220)
    assert recorder.arrivals()[:, 0].tolist() == [2, 1]


def test_a_second_answer_is_one_more_arrival() -> None:
    matcher, recorder = spoken()
    matcher.match(b"1  BE SAID!!!", 110)
    matcher.match(b"1  BE SAID!!!", 120)
    assert recorder.arrivals()[:, 0].tolist() == [1, 1]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"!!!",
        b"HELLO!!!",
        b"3  BE SAID!!!",
        b"0 !!!",
        b"1  be said!!!",
        b"1  BE SAID",
        b"\xff",
    ],
)
def test_what_is_no_right_answer_is_not_recorded(answer: bytes) -> None:
    matcher, recorder = spoken()
    with pytest.raises(msgspec.ValidationError, match="no answer"):
        matcher.match(answer, 110)
    assert recorder.received == 0
