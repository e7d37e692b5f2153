"""A request that stops in the middle, or is too long or no text: nobody else notices."""

import pytest

from feed.history import History
from servers.registry import echoes
from tests.servers.conftest import Open
from tests.servers.events import event, extend
from tests.servers.http_client import connected
from tests.servers.test_contract import FEEDS, client

HALF = {
    "head": b"GET /websocket?after=0 HTTP/1.1\r\nHost: x\r\nUpgr",
    "body": b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nno more",
}

OVER_HTTP = ("short-poll", "long-poll", "sse")


@pytest.mark.parametrize("half", HALF)
@pytest.mark.parametrize("transport", FEEDS)
async def test_half_a_request_holds_nobody_up(serving: Open, transport: str, half: str) -> None:
    history = History()
    extend(history, 1)
    urls = await serving(history, transport)
    async with connected(urls[transport]) as waits:
        async with connected(urls[transport]) as leaves:
            leaves.send(HALF[half])
        waits.send(HALF[half])
        async with client(transport, urls[transport], "0") as received:
            assert await anext(received) == event(1)
            extend(history, 1)
            assert await anext(received) == event(2)


@pytest.mark.parametrize("half", HALF)
async def test_half_a_text_holds_nobody_up(serving: Open, half: str) -> None:
    url = echoes(await serving(History(), "post"))["post"]
    async with connected(url) as waits, connected(url) as asks:
        async with connected(url) as leaves:
            leaves.send(HALF[half])
        waits.send(HALF[half])
        asks.ask("/echo", "POST", b"hello")
        assert (await asks.answer()).body == b"HELLO!!!"


@pytest.mark.parametrize(
    ("target", "statuses"),
    [
        (b"?after=%ff", {400}),
        (b"?after=\xff", {400}),
        (b"?after=" + b"1" * 100_000, {400, 431}),
    ],
    ids=["no UTF-8", "no URL", "too long"],
)
@pytest.mark.parametrize("transport", [name for name in FEEDS if name.split("@")[0] in OVER_HTTP])
async def test_a_target_that_is_none_is_refused(
    serving: Open, transport: str, target: bytes, statuses: set[int]
) -> None:
    urls = await serving(History(), transport)
    path = urls[transport][urls[transport].rindex("/") :].encode()
    async with connected(urls[transport]) as good, connected(urls[transport]) as bad:
        bad.send(b"GET " + path + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await bad.answer()).status in statuses
        assert (await good.get(path.decode() + "?after=x")).status == 400
