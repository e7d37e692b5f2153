"""The page of `pushbench serve`, as it is, against the servers on Node: in a Chromium."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Page, expect

from feed.spec import FeedSpec
from loadgen.under_test import server
from loadgen.under_test.server import Ready, Server
from tests.browser.test_page import CLOSED, OPEN, logged, offer
from tests.browser.visiting import CHROMIUM, served, visitor

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the path"),
    pytest.mark.skipif(bool(server.node_missing()), reason=server.node_missing()),
    pytest.mark.browser,
    pytest.mark.node,
]

NAME = "websocket@nodejs-websocket"
FEED = FeedSpec(schedule="constant", rate_per_s=50.0)
# The first events that a browser's WebSocket hears, and what came before them.
FIRST_THREE = """url => new Promise((resolve, reject) => {
  const heard = [];
  const socket = new WebSocket(url);
  socket.onerror = () => reject(new Error("an error"));
  socket.onclose = ({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`));
  socket.onopen = () => heard.push("open");
  socket.onmessage = ({ data }) => {
    heard.push(JSON.parse(data).seq);
    if (heard.length < 4) return;
    socket.onclose = ({ code, wasClean }) => resolve([...heard, code, wasClean]);
    socket.close(1000);
    socket.onmessage = null;
  };
})"""


@pytest.fixture
def ready() -> Iterator[Ready]:
    """A server on Node whose feed runs."""
    with Server({"transports": [NAME], "feed": FEED, "autostart": True}) as server:
        yield server.ready


@pytest.fixture
async def page(ready: Ready) -> AsyncIterator[Page]:
    """The echo, connected to Node. A refused handshake is written on the console by Chromium."""
    async with served() as url, visitor() as guest:
        page = await guest.visit(f"{url}?server={ready.echo[NAME]}", "echo")
        await page.wait_for_selector(OPEN)
        yield page
        assert all("WebSocket connection to" in each for each in guest.complaints)


async def test_a_text_is_answered_and_the_close_is_clean(page: Page) -> None:
    await page.fill("#echo-send [name=text]", "hello")
    await page.click("#echo-send button")
    await expect(page.locator("#echo-answer")).to_have_text("HELLO!!!")
    await page.fill("#echo-close [name=code]", "4000")
    await page.fill("#echo-close [name=reason]", "seen enough")
    await page.click("#echo-close button")
    await page.wait_for_selector(CLOSED)
    assert await logged(page) == ["open", "send", "message", "close"]
    await expect(page.locator("#echo-log li").last).to_contain_text(re.compile("4000.*seen enough"))


async def test_a_subprotocol_is_negotiated_or_refused(page: Page) -> None:
    told = page.locator("#echo-negotiated")
    await offer(page, "soap, echo.pushbench")
    await expect(told).to_have_text("Negotiated subprotocol: echo.pushbench")
    await offer(page, "soap, wamp")
    await expect(told).to_contain_text("soap, wamp")
    assert (await logged(page))[-3:] == ["error", "close", "note"]


async def test_the_feed_comes_to_a_browser_from_the_first_event_on(
    page: Page, ready: Ready
) -> None:
    heard = await page.evaluate(FIRST_THREE, f"{ready.urls[NAME]}?after=0")
    assert heard == ["open", 1, 2, 3, 1000, True]
