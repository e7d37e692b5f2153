import msgspec
import pytest

from feed.spec import FeedSpec


def test_is_read_from_json() -> None:
    spec = msgspec.json.decode('{"schedule":"burst","burst_events":7}', type=FeedSpec)
    assert (spec.schedule, spec.burst_events, spec.payload_bytes) == ("burst", 7, 120)


@pytest.mark.parametrize(
    "text",
    [
        '{"schedule":"sometimes"}',
        '{"rate":2}',
        '{"rate_per_s":0}',
        '{"rate_per_s":1e-300}',
        '{"rate_per_s":1e7}',
        '{"speed":1e-300}',
        '{"speed":-1}',
        '{"burst_events":0}',
        '{"payload_bytes":0}',
        '{"seed":-1}',
        '{"schedule":"trace"}',
    ],
)
def test_refuses_what_is_out_of_range(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=FeedSpec)
