"""The pages of one trial: a Chromium with a page for each subscriber, and their figures."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

from feed.errors import InputError
from feed.process import Usage
from feed.transport import parsed
from loadgen.clients.browser.chromium import NAMES, Chromium, executable, launched
from loadgen.clients.browser.page import Page
from loadgen.clients.browser.page_client import PageClient
from loadgen.clients.client import Client, Subscription
from loadgen.errors import TrialFailed
from loadgen.recording.clock_offset import Offset
from loadgen.runfile.figures import BrowserFigures
from loadgen.runfile.scenario import Scenario

MOST_PAGES = 50  # a renderer process each, of about 100 MB
OPENING_AT_ONCE = 4
OPEN_WITHIN_S = 120.0


def require(scenario: Scenario) -> None:
    """Check that pages can do what the scenario asks of them, if anything. Raises InputError."""
    if not any(parsed(transport).in_chromium for transport in scenario.transports):
        return
    for asked, remedy in _impossible(scenario):
        raise InputError(f"pages in Chromium: {asked}; --set {remedy}")
    if executable() is None:
        raise InputError(
            f"pages in Chromium: none of {', '.join(NAMES)} is on the path; install one "
            "(Debian: apt-get install chromium), or leave out --clients chromium"
        )


def _impossible(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """What a page cannot do of what is asked, and what to set instead."""
    count, headers = scenario.clients.count, scenario.clients.headers
    if count > MOST_PAGES:
        remedy = f"clients.count={MOST_PAGES}"
        yield f"{count:,} clients asked for, {MOST_PAGES} are possible", remedy
    if headers != "chrome":
        yield f"a browser sends its own headers, not {headers}", "clients.headers=chrome"
    if not scenario.poll.keep_alive:
        yield "a page cannot give a connection up after each poll", "poll.keep_alive=true"
    if scenario.http.compression:
        yield "a browser does not report how long a compressed frame was", "http.compression=false"


class Pages:
    """Pages that are open, each with the offset of its clock."""

    def __init__(self, chromium: Chromium, ready: Usage, pages: list[tuple[Page, Offset]]) -> None:
        """ready: what the browser had used before its first page."""
        self._chromium = chromium
        self._ready = ready
        self._pages = pages
        self._free = iter(pages)
        self.usage = chromium.usage

    def client(self, transport: str, subscription: Subscription) -> Client:
        """The subscriber in the next page that has none yet."""
        page, offset = next(self._free)
        return PageClient(transport, subscription, page, offset.ns)

    async def figures(self, window_start: Usage, window_end: Usage) -> BrowserFigures:
        """The browser's figures. Their clock_error_ns is the largest of all pages, by the offsets
        measured before and those measured now. Raises TrialFailed where a page is gone.
        """
        errors_ns = []
        for page, before in self._pages:
            try:
                after = await page.clock_offset()
            except ConnectionError as error:
                raise TrialFailed(f"a page was lost: {error}") from None
            errors_ns += [each.furthest_ns(before.ns) for each in (before, after)]
        return BrowserFigures(
            version=self._chromium.version,
            clock_error_ns=max(errors_ns),
            ready=self._ready,
            window_start=window_start,
            window_end=window_end,
        )


@contextlib.asynccontextmanager
async def opened(count: int, url: str) -> AsyncIterator[Pages]:
    """A Chromium with `count` pages of the origin that serves `url`. Raises TrialFailed."""
    path = executable()
    if path is None:
        raise TrialFailed("there is no Chromium on the path")
    async with launched(path) as chromium:
        ready = chromium.usage()
        pages = [Page(chromium) for _ in range(count)]
        try:
            async with asyncio.timeout(OPEN_WITHIN_S):
                for first in range(0, count, OPENING_AT_ONCE):
                    batch = pages[first : first + OPENING_AT_ONCE]
                    await asyncio.gather(*(page.open(url) for page in batch))
                offsets = [(page, await page.clock_offset()) for page in pages]
        except TimeoutError:
            raise TrialFailed(f"{count} pages were not open within {OPEN_WITHIN_S:g} s") from None
        except ConnectionError as error:
            raise TrialFailed(f"a page did not open: {error}") from None
        yield Pages(chromium, ready, offsets)
