"""Long polls on the bare server: they wait together, wake together, and gone without a trace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from feed.history import History
from servers.http.httptools_server import bare_site
from servers.http.response import PollResponses
from servers.http.sockets import address, bind
from servers.settings import ServerSettings
from servers.transports.polling.by_httptools import Polls
from tests.servers.events import extend, until
from tests.servers.http_client import connected


@asynccontextmanager
async def served(polls: Polls) -> AsyncIterator[str]:
    with bind("127.0.0.1", 0) as listener:
        async with bare_site(listener, {"GET /long-poll": partial(Polls.long_poll, polls)}):
            yield f"http://{address(listener)}"


def polls_of(history: History) -> Polls:
    return Polls(history, PollResponses(ServerSettings(transports=("long-poll",))))


async def test_one_event_wakes_all_that_wait() -> None:
    history = History()
    polls = polls_of(history)
    async with served(polls) as url:
        one, other = connected(url), connected(url)
        async with one as first, other as second:
            for connection in (first, second):
                connection.ask("/long-poll?after=0")
            await until(lambda: len(polls.waiting) == 2)
            extend(history, 1)
            answers = [await first.answer(), await second.answer()]
    assert [len(answer.json) for answer in answers] == [1, 1]
    assert len(polls.waiting) == 0


async def test_events_of_one_instant_come_in_one_answer() -> None:
    history = History()
    polls = polls_of(history)
    async with served(polls) as url, connected(url) as connection:
        connection.ask("/long-poll?after=0")
        await until(lambda: len(polls.waiting) == 1)
        extend(history, 3)
        answer = await connection.answer()
    assert [event["seq"] for event in answer.json] == [1, 2, 3]


async def test_more_events_at_once_than_the_history_has_are_a_gap() -> None:
    history = History(2)
    polls = polls_of(history)
    async with served(polls) as url, connected(url) as connection:
        connection.ask("/long-poll?after=0")
        await until(lambda: len(polls.waiting) == 1)
        extend(history, 3)
        answer = await connection.answer()
    assert answer.status == 410
    assert answer.json == {"error": "gap", "after": 0, "first_seq": 2, "last_seq": 3}


async def test_a_poll_that_comes_after_the_event_waits_for_the_next() -> None:
    history = History()
    polls = polls_of(history)
    async with served(polls) as url, connected(url) as early, connected(url) as late:
        early.ask("/long-poll?after=0")
        await until(lambda: len(polls.waiting) == 1)
        extend(history, 1)
        late.ask("/long-poll?after=1")
        assert [event["seq"] for event in (await early.answer()).json] == [1]
        await until(lambda: len(polls.waiting) == 1)
        extend(history, 1)
        assert [event["seq"] for event in (await late.answer()).json] == [2]


async def test_a_poll_ends_empty_after_its_time() -> None:
    polls = polls_of(History())
    async with served(polls) as url, connected(url) as connection:
        assert (await connection.get("/long-poll?after=0&timeout_s=0.001")).status == 204
    assert len(polls.waiting) == 0


async def test_a_bad_time_is_refused() -> None:
    async with served(polls_of(History())) as url, connected(url) as connection:
        answer = await connection.get("/long-poll?after=0&timeout_s=nan")
    assert answer.status == 400
    assert "timeout_s" in answer.json["error"]


async def test_a_client_that_leaves_a_waiting_poll_leaves_nothing_behind() -> None:
    history = History()
    polls = polls_of(history)
    async with served(polls) as url:
        async with connected(url) as connection:
            connection.ask("/long-poll?after=0&timeout_s=600")
            await until(lambda: len(polls.waiting) == 1)
        await until(lambda: len(polls.waiting) == 0)
        extend(history, 1)
