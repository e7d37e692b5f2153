"""The page that `pushbench serve` serves, in a Chromium: what a visitor does, and what is shown."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Request, expect
from websockets.asyncio.server import ServerConnection, serve

from feed.spec import FeedSpec
from tests.browser.visiting import CHROMIUM, NARROW, Visitor, served, shown, until, visitor

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the path"),
    pytest.mark.browser,
]

MARKUP = '<img src=x onerror="alert(1)">'
OPEN = "#echo-state[data-state=open]"
CLOSED = "#echo-state[data-state=closed]"
NAMED = re.compile(r"\S")
ROLES: tuple[Literal["button", "link", "radio", "slider", "spinbutton", "textbox"], ...]
ROLES = ("button", "link", "radio", "slider", "spinbutton", "textbox")


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with served() as found:
        yield found


@pytest.fixture
async def guest() -> AsyncIterator[Visitor]:
    """Who must leave without the page having complained of anything."""
    async with visitor() as one:
        yield one
        assert one.complaints == []


async def logged(page: Page) -> list[str]:
    """The events of the echo, by name."""
    script = "lines => lines.map(line => line.dataset.event)"
    names: list[str] = await page.eval_on_selector_all("#echo-log li", script)
    return names


async def offer(page: Page, names: str, server: str = "") -> None:
    if server:
        await page.fill("#echo-open [name=server]", server)
    await page.fill("#echo-open [name=subprotocols]", names)
    await page.click("#echo-open button")


async def test_the_echo_shows_its_events_and_closes_as_told(url: str, guest: Visitor) -> None:
    page = await guest.visit(url, "echo")
    await page.wait_for_selector(OPEN)
    await expect(page.locator("#echo-negotiated")).to_contain_text("echo.pushbench")
    await page.fill("#echo-send [name=text]", MARKUP)
    await page.click("#echo-send button")
    await expect(page.locator("#echo-answer")).to_have_text(MARKUP.upper() + "!!!")
    await page.fill("#echo-close [name=code]", "4000")
    await page.fill("#echo-close [name=reason]", "seen enough")
    await page.click("#echo-close button")
    await page.wait_for_selector(CLOSED)
    assert await logged(page) == ["open", "send", "message", "close"]
    last = page.locator("#echo-log li").last
    await expect(last).to_contain_text("4000")
    await expect(last).to_contain_text("seen enough")
    await page.click("#echo-send button")
    await expect(page.locator("#echo-log li").last).to_contain_text("not open")


async def test_a_code_that_pages_may_not_use_is_told(url: str, guest: Visitor) -> None:
    page = await guest.visit(url, "echo")
    await page.wait_for_selector(OPEN)
    await page.fill("#echo-close [name=code]", "1001")
    await page.click("#echo-close button")
    await page.wait_for_selector("#echo-log [data-event=note]")
    await expect(page.locator(OPEN)).to_be_visible()


async def test_a_refused_subprotocol_is_told_by_name(url: str) -> None:
    async with visitor() as guest:
        page = await guest.visit(url, "echo")
        await page.wait_for_selector(OPEN)
        await offer(page, "soap, wamp")
        told = page.locator("#echo-negotiated")
        await expect(told).to_contain_text("soap, wamp")
        await expect(told).to_contain_text("It speaks: echo.pushbench")
        events = await logged(page)
        assert events[-3:] == ["error", "close", "note"]
        await offer(page, "soap, echo.pushbench")
        await expect(told).to_have_text("Negotiated subprotocol: echo.pushbench")
        # Chromium itself writes a failed handshake on the console; the page adds nothing to it.
        assert all("WebSocket connection to" in each for each in guest.complaints)


async def test_a_server_that_is_not_there_is_told(url: str) -> None:
    async with visitor() as guest:
        page = await guest.visit(url, "echo")
        await page.wait_for_selector(OPEN)
        await offer(page, "", server="ws://127.0.0.1:1/echo")
        await expect(page.locator("#echo-negotiated")).to_contain_text("Not connected")
        await offer(page, "", server="mailto:nobody")
        await expect(page.locator("#echo-log li").last).to_have_attribute("data-event", "error")


async def test_the_address_names_another_server(url: str, guest: Visitor) -> None:
    async def shout(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(f"other: {message!r}")

    async with serve(shout, "127.0.0.1", 0) as other:
        port = next(iter(other.sockets)).getsockname()[1]
        page = await guest.visit(f"{url}?server=ws://127.0.0.1:{port}/elsewhere", "echo")
        await page.wait_for_selector(OPEN)
        await page.click("#echo-send button")
        await expect(page.locator("#echo-answer")).to_have_text("other: 'Hello, world'")


async def test_the_websocket_is_fresher_and_asks_less(url: str, guest: Visitor) -> None:
    page = await guest.visit(url, "race")
    await until(page, f"{shown('short-poll', 'messages')} >= 40")
    for name in ("sse", "websocket"):
        await until(page, f"{shown(name, 'messages')} >= 40")
        assert await page.evaluate(shown(name, "requests")) == 1
    await until(page, f"{shown('long-poll', 'messages')} >= 40")
    assert await page.evaluate(shown("short-poll", "requests")) > 1
    polled, pushed = await ages(page)
    assert pushed < polled


async def ages(page: Page) -> tuple[float, float]:
    """The median ages, polled and pushed, as the bars have them."""
    script = "bars => bars.map(bar => parseFloat(bar.style.width))"
    widths = await page.eval_on_selector_all("#lanes .age .full", script)
    return widths[0], widths[-1]


async def test_polls_weigh_what_the_browser_says(url: str, guest: Visitor) -> None:
    page = await guest.visit(url, "echo")
    polls: list[Request] = []
    page.on("requestfinished", lambda each: polls.append(each) if is_poll(each) else None)
    await page.goto(f"{url}#race")
    await until(page, f"{shown('short-poll', 'requests')} >= 3")
    await page.click("#race-pause")
    sizes = [await each.sizes() for each in polls]
    up = sum(each["requestHeadersSize"] for each in sizes)
    # Playwright leaves out the query and the blank line at the end.
    up += sum(len("?" + urlsplit(each.url).query + "\r\n") for each in polls)
    down = sum(each["responseHeadersSize"] + each["responseBodySize"] for each in sizes)
    assert await weighed(page, ".up") == pytest.approx(up, rel=0.01)
    assert await weighed(page, ".down") == pytest.approx(down, rel=0.01)


def is_poll(request: Request) -> bool:
    return "/short-poll" in request.url


async def weighed(page: Page, figure: str) -> float:
    """Bytes, as the page has rounded them."""
    text = await page.text_content(f"#figures [data-transport=short-poll] {figure}")
    value, unit = str(text).split()
    return float(value) * {"B": 1, "kB": 1e3}[unit]


async def test_the_rate_is_the_servers(url: str, guest: Visitor) -> None:
    page = await guest.visit(url, "race")
    await until(page, f"{shown('websocket', 'messages')} >= 1")
    async with page.expect_response("**/feed/rate") as answered:
        await page.focus("#rate")
        await page.keyboard.press("Home")
    assert (await (await answered.value).json()) == {"rate_per_s": 0.1}
    await expect(page.locator("#rate-value")).to_have_text("0.1/s")


async def test_a_feed_that_is_a_recording_has_no_slider(tmp_path: Path, guest: Visitor) -> None:
    trace = tmp_path / "trace.jsonl"
    trace.write_text('{"t": 0, "data": "once"}\n')
    async with served(FeedSpec(schedule="trace", trace=str(trace))) as url:
        page = await guest.visit(url, "race")
        await expect(page.locator("#rate")).to_be_disabled()
        await page.close()  # before its streams are cut, of which the console would speak


async def say(page: Page, name: str, text: str) -> None:
    await page.fill("#chat-say [name=name]", name)
    await page.fill("#chat-say [name=text]", text)
    await page.click("#chat-say button")


async def test_two_tabs_talk_and_what_they_type_stays_text(url: str, guest: Visitor) -> None:
    ada, bob = await guest.visit(url, "chat"), await guest.visit(url, "chat")
    for tab in (ada, bob):
        await tab.wait_for_selector("#chat-state[data-state=open]")
    await say(ada, "Ada", MARKUP)
    for tab in (ada, bob):
        await expect(tab.locator("#chat-log li.said").last).to_contain_text(MARKUP)
        assert await tab.locator("#chat-log img").count() == 0
    await bob.check("#chat-over [value=short-poll]")
    await say(bob, "<b>Bob</b>", "seen")
    for tab in (ada, bob):
        await expect(tab.locator("#chat-log li.said").last).to_contain_text("<b>Bob</b>")
    polls = bob.locator("#chat-figures .requestsRow [data-transport=short-poll]")
    await expect(polls).not_to_have_text("0")


async def test_the_desk_answers_and_says_that_it_is_scripted(url: str, guest: Visitor) -> None:
    page = await guest.visit(url, "chat")
    await page.wait_for_selector("#chat-state[data-state=open]")
    await say(page, "Ada", "Where is my refund?")
    answer = page.locator("#chat-log li.scripted").last
    await expect(answer).to_contain_text("30 days")
    await expect(answer).to_contain_text("scripted, waits")
    await expect(page.locator("#chat-log li.scripted").first).to_contain_text("Hello Ada")


async def test_a_message_that_is_refused_is_told(url: str, guest: Visitor) -> None:
    page = await guest.visit(url, "chat")
    await page.wait_for_selector("#chat-state[data-state=open]")
    await say(page, "Ada\u200b", "hello")
    await expect(page.locator("#chat-problem")).to_contain_text("printable")


async def test_the_browsers_language_is_taken_and_can_be_changed(url: str) -> None:
    async with visitor(locale="zh-CN") as guest:
        page = await guest.visit(url, "race")
        await expect(page.locator("#race-title")).to_have_text("同一个消息源，同时走每一种传输")
        assert await page.evaluate("document.documentElement.lang") == "zh-CN"
        await until(page, f"{shown('websocket', 'messages')} >= 1")
        await page.click(".languages [value=en]")
        await expect(page.locator("#race-title")).to_contain_text("One feed")
        await page.reload()
        await expect(page.locator("#race-title")).to_contain_text("One feed")
        assert guest.complaints == []


@pytest.mark.parametrize("view", ["echo", "race", "chat"])
async def test_a_telephone_needs_no_scrolling_sideways(url: str, view: str) -> None:
    async with visitor(viewport=NARROW, color_scheme="dark") as guest:
        page = await guest.visit(url, view)
        assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        assert guest.complaints == []


async def test_every_control_has_a_name(url: str, guest: Visitor) -> None:
    page = await guest.visit(url, "echo")
    for view in ("race", "chat", "echo"):
        await page.goto(f"{url}#{view}")
        await expect(page.locator(f"#{view}-title")).to_be_focused()
        for role in ROLES:
            found = page.get_by_role(role)
            for index in range(await found.count()):
                await expect(found.nth(index)).to_have_accessible_name(NAMED)
