"""Which answer belongs to which text, and what is none."""

import pytest

from loadgen.clients.echo.answer_matcher import AnswerMatcher
from loadgen.clients.echo.texts import text
from loadgen.recording.recorder import Recorder


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
    assert matcher.match(b"1  BE SAID!!!", 110)
    assert matcher.match(b"2  BE SAID!!!", 210)
    assert recorder.arrivals().tolist() == [[1, 10, 13, 110], [2, 20, 13, 210]]
    assert recorder.texts().tolist() == [[100, 105, 105, 10], [200, 205, 205, 10]]


def test_an_answer_that_overtakes_another_is_matched_by_its_number() -> None:
    matcher, recorder = spoken()
    assert matcher.match(b"2  BE SAID!!!", 210)
    assert matcher.match(b"1  BE SAID!!!", 220)
    assert recorder.arrivals()[:, 0].tolist() == [2, 1]


def test_a_second_answer_is_one_more_arrival() -> None:
    matcher, recorder = spoken()
    assert matcher.match(b"1  BE SAID!!!", 110)
    assert matcher.match(b"1  BE SAID!!!", 120)
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
    assert not matcher.match(answer, 110)
    assert recorder.received == 0
