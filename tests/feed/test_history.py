import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed.event import Event, decode, encode
from feed.history import Gap, History


def event(seq: int) -> Event:
    return Event(seq, seq * 10, f"text {seq}")


def filled(events: int, capacity: int = 100) -> History:
    history = History(capacity)
    for seq in range(1, events + 1):
        history.append(event(seq))
    return history


def seqs(messages: list[bytes]) -> list[int]:
    return [decode(message).seq for message in messages]


async def one_turn() -> None:
    await asyncio.sleep(0)


def test_an_empty_one_has_nothing_since_0() -> None:
    history = History()
    assert (history.first_seq, history.last_seq) == (1, 0)
    assert history.since(0) == []


def test_gives_the_encoded_events_after_the_cursor() -> None:
    assert filled(3).since(1) == [encode(event(2)), encode(event(3))]
    assert filled(3).since(3) == []


@pytest.mark.parametrize("seq", [0, 2, 3, 5])
def test_refuses_an_event_that_does_not_follow(seq: int) -> None:
    history = filled(3)
    with pytest.raises(ValueError, match=f"event {seq} does not follow event 3"):
        history.append(event(seq))
    assert history.last_seq == 3


@given(st.integers(1, 12), st.integers(0, 40), st.integers(-2, 45))
def test_behaves_as_a_list_of_which_only_the_end_is_kept(
    capacity: int, events: int, after: int
) -> None:
    history = filled(events, capacity)
    kept = list(range(1, events + 1))[-capacity:]
    assert history.first_seq == (kept[0] if kept else events + 1)
    assert history.last_seq == events
    if history.first_seq - 1 <= after <= events:
        assert seqs(history.since(after)) == [seq for seq in kept if seq > after]
    else:
        with pytest.raises(Gap) as caught:
            history.since(after)
        gap = caught.value
        assert (gap.after, gap.first_seq, gap.last_seq) == (after, history.first_seq, events)


def test_a_gap_behind_and_a_gap_ahead_are_both_told() -> None:
    history = filled(10, capacity=3)
    for after in (6, 11):
        with pytest.raises(Gap, match=f"events after {after} are not held; held: 8 to 10"):
            history.since(after)
    assert seqs(history.since(7)) == [8, 9, 10]


def test_listeners_get_each_event_from_now_on() -> None:
    history = filled(2)
    first: list[bytes] = []
    second: list[bytes] = []
    history.listen(first.append)
    history.append(event(3))
    history.listen(second.append)
    history.append(event(4))
    assert seqs(first) == [3, 4]
    assert seqs(second) == [4]


async def test_changed_wakes_everyone_at_the_next_append() -> None:
    history = filled(1)
    waiting = [asyncio.create_task(history.changed(30)) for _ in range(3)]
    await one_turn()
    assert len(history.waiters) == 3
    history.append(event(2))
    assert await asyncio.gather(*waiting) == [True] * 3
    assert len(history.waiters) == 0


async def test_changed_wakes_once_for_two_appends() -> None:
    history = History()
    waiting = asyncio.create_task(history.changed(30))
    await one_turn()
    history.append(event(1))
    history.append(event(2))
    assert await waiting
    assert seqs(history.since(0)) == [1, 2]


async def test_changed_gives_up_in_the_end_and_leaves_nothing() -> None:
    history = History()
    assert await history.changed(0.001) is False
    assert len(history.waiters) == 0


async def test_changed_can_be_cancelled_and_leaves_nothing() -> None:
    history = History()
    waiting = asyncio.create_task(history.changed(30))
    await one_turn()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(history.waiters) == 0
    history.append(event(1))


async def test_an_append_in_the_turn_of_the_cancellation_is_harmless() -> None:
    history = History()
    cancelled, other = (asyncio.create_task(history.changed(30)) for _ in range(2))
    await one_turn()
    cancelled.cancel()
    history.append(event(1))
    assert await other
    with pytest.raises(asyncio.CancelledError):
        await cancelled
