import pytest

from feed.history import History
from servers.errors import Refusal
from servers.http.cursor import MAX_CURSOR, parse
from tests.servers.events import extend


@pytest.mark.parametrize(("text", "after"), [("0", 0), ("17", 17), ("007", 7)])
def test_reads_a_decimal_integer(text: str, after: int) -> None:
    assert parse(text, History()) == after


def test_reads_the_largest_one() -> None:
    assert parse(str(MAX_CURSOR), History()) == MAX_CURSOR


def test_without_one_everything_held_comes() -> None:
    history = History(3)
    assert parse(None, history) == 0
    extend(history, 10)
    assert parse(None, history) == 7
    assert len(history.since(7)) == 3


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", " 1", "1.0", "1_0", "0x1", "x", "٣", "²", str(MAX_CURSOR + 1), str(10**30)],
)
def test_refuses_anything_else_and_names_it(text: str) -> None:
    with pytest.raises(Refusal, match="after must be a decimal integer") as caught:
        parse(text, History())
    assert caught.value.status == 400
    assert repr(text) in caught.value.error


def test_does_not_send_a_long_text_back() -> None:
    with pytest.raises(Refusal) as caught:
        parse("9" * 5_000, History())
    assert len(caught.value.error) < 150
