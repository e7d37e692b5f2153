"""The report in a Chromium: on a desk and on a phone, by day and by night, and read aloud.

What is wanted of it: nothing beside itself, no complaint, no line that is wider than the screen,
and no serious fault that axe-core finds.
"""

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from loadgen.runfile.run import Run
from reports.render.html import write
from reports.run_analysis import RunAnalysis
from tests.browser.visiting import CHROMIUM, NARROW, WIDE, Visitor, visitor
from tests.reports import runs
from tests.reports.conftest import SHAPES

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the path"),
    pytest.mark.browser,
]

HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
NPM = shutil.which("npm")
MOST_BYTES = 2_000_000
SERIOUS = ("serious", "critical")

# What a reader may open: a run whose trials were seen step by step, and what can go wrong with one.
SHOWN = ("step by step", "one transport failed", "nothing delivered", "only websocket", "echo")


def seven() -> Run:
    """As many transports as somebody may compare at once."""
    names: tuple[str, ...]
    names = ("short-poll", "long-poll", "sse", "websocket", "websocket@picows", "tcp")
    names += ("socketio-websocket",)
    trials = [
        runs.trial(name, 1, runs.MAKERS.get(name, runs.websocket)(n))
        for n, name in enumerate(names)
    ]
    return runs.run(trials, runs.scenario(names, 1))


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's source, fetched by npm as package-lock.json has it where that was not done yet."""
    if not AXE.exists():
        if NPM is None:
            pytest.skip("there is no npm on the path to fetch axe-core with")
        fetched = subprocess.run([NPM, "ci"], cwd=HERE, capture_output=True, text=True, check=False)
        if fetched.returncode:
            pytest.skip(f"npm could not fetch axe-core: {fetched.stderr.strip()[-300:]}")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each report as a file, by its shape."""
    folder = tmp_path_factory.mktemp("reports")
    made = {name: SHAPES[name]() for name in SHOWN} | {"seven transports": seven()}
    paths = {name: folder / f"{number}.html" for number, name in enumerate(made)}
    for name, path in paths.items():
        write(RunAnalysis(made[name]), path)
    return paths


@pytest.fixture(params=[WIDE, NARROW], ids=["1280 px", "390 px"])
def viewport(request: pytest.FixtureRequest) -> dict[str, int]:
    size: dict[str, int] = request.param
    return size


@pytest.fixture(params=["light", "dark"])
async def guest(request: pytest.FixtureRequest, viewport: dict[str, int]) -> AsyncIterator[Visitor]:
    """Who must leave without the page having said anything to the console."""
    async with visitor(viewport=viewport, color_scheme=request.param) as one:
        yield one
        assert one.complaints == []


async def unfold(page: Page) -> None:
    script = "document.querySelectorAll('details').forEach(one => { one.open = true })"
    await page.evaluate(script)


async def test_it_fits_the_screen_and_needs_nothing_else(
    guest: Visitor, written: dict[str, Path]
) -> None:
    for name, path in written.items():
        assert path.stat().st_size < MOST_BYTES
        page = await guest.read(path)
        for _ in ("folded", "unfolded"):
            width, most = await page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            assert width <= most, name
            await unfold(page)
        await page.close()


async def test_axe_finds_no_serious_fault(
    guest: Visitor, written: dict[str, Path], axe: str
) -> None:
    for name in ("seven transports", "one transport failed"):
        page = await guest.read(written[name])
        await unfold(page)
        await page.evaluate(axe)
        found: dict[str, Any] = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
        faults = [
            (fault["id"], [node["html"] for node in fault["nodes"]])
            for fault in found["violations"]
            if fault["impact"] in SERIOUS
        ]
        assert faults == [], name
        assert found["passes"]
        await page.close()


CUT = """
Array.from(document.querySelectorAll('svg'))
  .filter(svg => svg.getClientRects().length)
  .flatMap(svg => {
    const drawn = svg.getBoundingClientRect();
    return Array.from(svg.querySelectorAll('text'))
      .filter(text => {
        const box = text.getBoundingClientRect();
        return box.left < drawn.left - 3 || box.right > drawn.right + 3
          || box.top < drawn.top - 3 || box.bottom > drawn.bottom + 3;
      })
      .map(text => text.textContent.trim());
  })
"""


async def test_each_chart_is_drawn_once_and_holds_its_words(
    guest: Visitor, written: dict[str, Path]
) -> None:
    seen = """Array.from(document.querySelectorAll('figure'), figure =>
      Array.from(figure.querySelectorAll('svg')).filter(s => s.getClientRects().length).length)"""
    for name, path in written.items():
        page = await guest.read(path)
        assert set(await page.evaluate(seen)) <= {1}, name
        assert await page.evaluate(CUT) == [], name
        await page.close()


async def test_the_first_key_leads_to_the_answer(guest: Visitor, written: dict[str, Path]) -> None:
    page = await guest.read(written["step by step"])
    await page.keyboard.press("Tab")
    link = page.locator("a.skip")
    assert await link.evaluate("one => one === document.activeElement")
    box = await link.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "answer"


async def test_on_paper_the_tables_are_unfolded(guest: Visitor, written: dict[str, Path]) -> None:
    page = await guest.read(written["step by step"])
    await page.emulate_media(media="print")
    heights: list[float] = await page.eval_on_selector_all(
        "details table", "found => found.map(one => one.getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) > 0
