import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed.event import Event, decode, decode_batch, encode, encode_batch

events = st.builds(
    Event,
    seq=st.integers(1, 2**53),
    due=st.integers(0, 2**62),
    data=st.text(st.characters(exclude_categories=["Cs"])),
)


def test_encodes_as_a_json_object_in_a_fixed_order() -> None:
    assert encode(Event(17, 1_500_000_000, "hi")) == b'{"seq":17,"due":1500000000,"data":"hi"}'


def test_writes_other_scripts_as_utf_8_and_not_as_escapes() -> None:
    assert encode(Event(1, 0, "größer ✓ 🎈")).endswith('"größer ✓ 🎈"}'.encode())


@given(events)
def test_decodes_what_it_encoded(event: Event) -> None:
    assert decode(encode(event)) == event
    assert decode(memoryview(encode(event))) == event


@given(st.lists(events, max_size=5))
def test_decodes_a_batch_of_what_it_encoded(batch: list[Event]) -> None:
    messages = [encode(event) for event in batch]
    body = encode_batch(messages)
    assert decode_batch(body) == batch
    if batch:
        assert len(body) == sum(map(len, messages)) + len(messages) + 1


@pytest.mark.parametrize("message", [b"", b"{", b"[]", b'{"seq":1}', b'{"seq":"1","due":0}'])
def test_refuses_what_is_no_event(message: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(message)
