"""`make pictures`: the three views of the page as docs/pictures/page-*.png.

Not a test: what is to be seen needs some seconds of a feed. The switch of languages is left out,
as a machine that takes pictures may have no Chinese font.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Page

from feed.spec import FeedSpec
from tests.browser.visiting import served, shown, until, visitor

DOCS = Path(__file__).parents[2] / "docs" / "pictures"
FEED = FeedSpec(schedule="poisson", rate_per_s=0.5, payload_bytes=120)
SIZE = {"width": 1280, "height": 780}
LANE_S = 15  # and a poll each second


async def echo(page: Page) -> None:
    await page.wait_for_selector("#echo-state[data-state=open]")
    await page.click("#echo-send button")
    await page.wait_for_selector("#echo-log [data-event=message]")


async def race(page: Page) -> None:
    await until(page, f"{shown('short-poll', 'requests')} > {LANE_S}")


async def chat(page: Page) -> None:
    await page.wait_for_selector("#chat-state[data-state=open]")
    await say(page, "How long does delivery take?", answers=2)
    await page.check("#chat-over [value=short-poll]")
    await say(page, "And what if I want a refund?", answers=3)


async def say(page: Page, text: str, answers: int) -> None:
    await page.fill("#chat-say [name=name]", "Ada")
    await page.fill("#chat-say [name=text]", text)
    await page.click("#chat-say button")
    await page.wait_for_selector(f"#chat-log li.scripted >> nth={answers - 1}")


VIEWS: dict[str, Callable[[Page], Awaitable[None]]] = {"echo": echo, "race": race, "chat": chat}


async def main() -> None:
    async with served(FEED) as url, visitor(viewport=SIZE, color_scheme="light") as guest:
        for name, act in VIEWS.items():
            page = await guest.visit(url, name)
            await page.evaluate("document.querySelector('.languages').hidden = true")
            await act(page)
            await page.screenshot(path=DOCS / f"page-{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
