import asyncio

import pytest

from feed.history import History
from servers.errors import Refusal
from servers.transports.polling.by_aiohttp import parse_timeout_s
from tests.servers.conftest import Open
from tests.servers.events import extend, until
from tests.servers.http_client import connected


async def test_a_short_poll_is_answered_at_once(serving: Open) -> None:
    history = History()
    urls = await serving(history, "short-poll")
    async with connected(urls["short-poll"]) as connection:
        empty = await connection.get("/short-poll?after=0")
        assert (empty.status, empty.body) == (204, b"")
        assert "content-type" not in empty.headers
        extend(history, 2)
        answer = await connection.get("/short-poll?after=0")
        assert answer.status == 200
        assert answer.body == b"[" + b",".join(history.since(0)) + b"]"
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"


async def test_a_gap_is_told_with_all_its_numbers(serving: Open) -> None:
    history = History(3)
    extend(history, 10)
    urls = await serving(history, "short-poll")
    async with connected(urls["short-poll"]) as connection:
        answer = await connection.get("/short-poll?after=2")
    assert answer.status == 410
    assert answer.json == {"error": "gap", "after": 2, "first_seq": 8, "last_seq": 10}


async def test_what_is_not_served_is_told_with_what_is(serving: Open) -> None:
    urls = await serving(History(), "short-poll", "long-poll")
    async with connected(urls["short-poll"]) as connection:
        connection.ask("/short-poll?after=0", method="POST")
        answer = await connection.answer()
        assert (answer.status, answer.headers["allow"]) == (405, "GET")
        assert answer.json["served"] == ["GET /long-poll", "GET /short-poll", "POST /echo"]
        elsewhere = await connection.get("/websocket")
        assert (elsewhere.status, elsewhere.json["error"]) == (404, "not found")


async def test_a_long_poll_waits_until_the_next_event(serving: Open) -> None:
    history = History()
    urls = await serving(history, "long-poll")
    async with connected(urls["long-poll"]) as connection:
        connection.ask("/long-poll?after=0")
        await until(lambda: len(history.waiters) == 1)
        extend(history, 2)
        answer = await connection.answer()
    assert [each["seq"] for each in answer.json] == [1, 2]


async def test_a_long_poll_ends_empty_after_its_time(serving: Open) -> None:
    urls = await serving(History(), "long-poll")
    async with connected(urls["long-poll"]) as connection:
        assert (await connection.get("/long-poll?after=0&timeout_s=0.001")).status == 204


async def test_a_client_that_leaves_a_waiting_poll_leaves_nothing_behind(serving: Open) -> None:
    history = History()
    urls = await serving(history, "long-poll")
    async with connected(urls["long-poll"]) as connection:
        connection.ask("/long-poll?after=0&timeout_s=600")
        await until(lambda: len(history.waiters) == 1)
    await until(lambda: len(history.waiters) == 0)


async def test_waiting_polls_of_many_clients_end_with_one_event(serving: Open) -> None:
    history = History()
    urls = await serving(history, "long-poll")

    async def poll() -> int:
        async with connected(urls["long-poll"]) as connection:
            return len((await connection.get("/long-poll?after=0")).json)

    polls = [asyncio.create_task(poll()) for _ in range(50)]
    await until(lambda: len(history.waiters) == 50)
    extend(history, 1)
    assert await asyncio.gather(*polls) == [1] * 50


@pytest.mark.parametrize(("text", "timeout_s"), [(None, 30.0), ("600", 600.0), ("0.5", 0.5)])
def test_reads_the_time_a_poll_may_wait(text: str | None, timeout_s: float) -> None:
    assert parse_timeout_s(text) == timeout_s


@pytest.mark.parametrize("text", ["", "0", "-1", "600.1", "nan", "inf", "soon", "1e300"])
def test_refuses_any_other_time(text: str) -> None:
    with pytest.raises(Refusal, match=r"timeout_s must be .* not ") as caught:
        parse_timeout_s(text)
    assert caught.value.status == 400


async def test_a_bad_time_is_answered_with_400(serving: Open) -> None:
    urls = await serving(History(), "long-poll")
    async with connected(urls["long-poll"]) as connection:
        answer = await connection.get("/long-poll?after=0&timeout_s=601")
    assert answer.status == 400
    assert "timeout_s" in answer.json["error"]
