"""When a handshake is repaid, worked out by hand."""

import math

import pytest

from reports.sections.handshake_cost import messages, sections
from reports.summary.summary import Summary


def summary(transport: str, setup: float | None, each: float | None) -> Summary:
    medians: dict[str, int | float | None] = {
        "setup_bytes_per_client": setup,
        "ip_bytes_per_delivery": each,
        "setup_time_p50_ns": 1_000_000,
    }
    return Summary(transport, {1: medians}, {}, None)


@pytest.mark.parametrize(
    ("setup", "each", "number"),
    [
        (200, 1_000, 2),  # (1,200 - 200) ÷ (1,000 - 300) = 1.43
        (200, 1_300, 1),  # 1,000 ÷ 1,000, to the byte
        (1_200, 1_000, 0),
        (1_500, 1_000, 0),
        (200, 300, math.inf),
        (200, 250, math.inf),
        (None, 1_000, None),
        (200, None, None),
    ],
)
def test_messages_until_the_handshake_is_repaid(
    setup: float | None, each: float | None, number: float | None
) -> None:
    assert messages(summary("short-poll", setup, each), summary("websocket", 1_200, 300)) == number


def test_it_is_told_in_words() -> None:
    push = summary("websocket", 1_200, 300)
    polls = [summary("short-poll", 200, 1_000), summary("long-poll", 200, 250)]
    (section,) = sections([*polls, push])
    assert "is repaid after 2 messages per connection." in section.sentences[0]
    assert "is repaid never: long polling moves no more bytes per event." in section.sentences[0]
    assert [row[-1].text for row in section.tables[0].table.rows[1:]] == ["after 2", "never"]


def test_without_a_websocket_there_is_nothing_to_repay() -> None:
    assert sections([summary("short-poll", 200, 1_000)]) == ()
