"""What every transport promises, held to by the servers on Node; the bytes are Python's."""

import pytest

from feed.spec import FeedSpec
from tests.servers.node.conftest import TRANSPORTS, Serve, encoded, published, subscribed, told

FEED = FeedSpec(rate_per_s=400.0, payload="log-normal", payload_bytes=150, seed=7)

pytestmark = [pytest.mark.node, pytest.mark.parametrize("name", TRANSPORTS)]


async def test_every_event_comes_once_in_order_and_in_the_same_bytes(
    serve: Serve, name: str
) -> None:
    ready = serve(autostart=True, feed=FEED)
    async with subscribed(name, ready["urls"][name], "0") as received:
        assert [await anext(received) for _ in range(150)] == encoded(FEED, 150)


async def test_texts_that_json_escapes_are_the_same_bytes(
    serve: Serve, name: str, ten: FeedSpec
) -> None:
    ready = serve(autostart=True, feed=ten)
    async with subscribed(name, ready["urls"][name], None) as received:
        assert [await anext(received) for _ in range(10)] == encoded(ten, 10)


async def test_catches_up_over_many_turns(serve: Serve, name: str) -> None:
    feed = FeedSpec(schedule="burst", rate_per_s=20_000, burst_events=2_000, payload_bytes=10)
    ready = serve(autostart=True, feed=feed)
    await published(ready, 1_000)
    async with subscribed(name, ready["urls"][name], "0") as received:
        got = [await anext(received) for _ in range(3_000)]
    assert [int(text.split(":")[1].split(",")[0]) for text in got] == list(range(1, 3_001))


async def test_carries_on_from_a_cursor(serve: Serve, name: str, ten: FeedSpec) -> None:
    ready = serve(autostart=True, feed=ten)
    await published(ready, 10)
    async with subscribed(name, ready["urls"][name], "7") as received:
        assert [await anext(received) for _ in range(3)] == encoded(ten, 10)[7:]


async def test_without_a_cursor_all_that_is_held_comes(
    serve: Serve, name: str, ten: FeedSpec
) -> None:
    ready = serve(autostart=True, history=3, feed=ten)
    await published(ready, 10)
    async with subscribed(name, ready["urls"][name], None) as received:
        assert [await anext(received) for _ in range(3)] == encoded(ten, 10)[7:]


@pytest.mark.parametrize("after", ["0", "6", "11"])
async def test_a_gap_is_told(serve: Serve, name: str, ten: FeedSpec, after: str) -> None:
    ready = serve(autostart=True, history=3, feed=ten)
    await published(ready, 10)
    assert await told(name, ready["urls"][name], after) == (8, 10)


@pytest.mark.parametrize("after", ["-1", "one", ""])
async def test_a_bad_cursor_is_refused_and_named(
    serve: Serve, name: str, ten: FeedSpec, after: str
) -> None:
    ready = serve(autostart=True, feed=ten)
    error = await told(name, ready["urls"][name], after)
    assert isinstance(error, str)
    assert f"after must be a decimal integer from 0 to 9223372036854775807, not '{after}'" in error


async def test_a_cursor_beyond_all_numbers_is_refused(
    serve: Serve, name: str, ten: FeedSpec
) -> None:
    ready = serve(autostart=True, feed=ten)
    error = await told(name, ready["urls"][name], "1" + 30 * "0")
    assert "after must be a decimal integer" in str(error)
