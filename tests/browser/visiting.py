"""A Chromium that visits the page of a server in this process."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Page, async_playwright

from feed.spec import FeedSpec
from servers.demo.app import with_the_pages
from servers.process import running
from servers.settings import ServerSettings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = """--no-sandbox --disable-gpu --disable-background-networking --disable-component-update
--disable-sync --no-first-run""".split()
WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 390, "height": 844}


@asynccontextmanager
async def served(feed: FeedSpec | None = None) -> AsyncIterator[str]:
    """Everything that `pushbench serve` serves, on free ports; gives the page's URL."""
    settings = ServerSettings(
        transports=with_the_pages(()),
        feed=feed or FeedSpec(schedule="constant", rate_per_s=20.0),
        autostart=True,
        lead_ns=0,
        page=True,
    )
    async with running(settings) as ready:
        yield ready.urls["short-poll"].removesuffix("short-poll")


class Visitor:
    """A browser profile, and what its pages complained of. Two tabs are two pages of one."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self.complaints: list[str] = []

    async def visit(self, url: str, view: str) -> Page:
        """A tab with that view of the page, once it is ready."""
        page = await self._context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        await page.goto(f"{url}#{view}")
        await page.wait_for_selector("html[data-ready]")
        return page

    async def read(self, path: Path) -> Page:
        """A tab with that file, which may neither ask for anything else nor say anything."""
        page = await self._context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._only(path, request.url))
        await page.goto(path.as_uri())
        return page

    def _only(self, path: Path, url: str) -> None:
        if url.partition("#")[0] != path.as_uri():
            self.complaints.append(f"asked for {url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


async def until(page: Page, expression: str) -> None:
    """Look at each frame until the JavaScript `expression` is true.

    The page's policy forbids what Playwright's own wait_for_function does.
    """
    while not await page.evaluate(expression):
        await page.evaluate("new Promise(requestAnimationFrame)")


def shown(transport: str, figure: str) -> str:
    """A count that the race shows for a transport, as JavaScript."""
    place = f"#figures [data-transport={transport}] .{figure}"
    return f"Number(document.querySelector('{place}').textContent)"


@asynccontextmanager
async def visitor(**context: Any) -> AsyncIterator[Visitor]:
    """context: of the browser, such as locale, viewport or color_scheme."""
    settings = {"locale": "en-GB", "viewport": WIDE, **context}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield Visitor(await browser.new_context(**settings))
        finally:
            await browser.close()
