"""`make pictures`: the top of a report as docs/pictures/report-*.png, two widths, light and dark.

Not a test: without the name of a run file it measures the chat scenario, in about two minutes.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from loadgen.measure import measure
from loadgen.runfile.run import load
from reports.render.html import write
from reports.run_analysis import RunAnalysis
from tests.browser.visiting import visitor

DOCS = Path(__file__).parents[2] / "docs" / "pictures"
HEIGHT_PX = {1280: 1500, 390: 1950}
PREFIX: dict[Literal["light", "dark"], str] = {"light": "report", "dark": "report-dark"}


async def take(report: Path) -> None:
    for width, height in HEIGHT_PX.items():
        for scheme, prefix in PREFIX.items():
            size = {"width": width, "height": height}
            async with visitor(viewport=size, color_scheme=scheme) as guest:
                page = await guest.read(report)
                await page.screenshot(path=DOCS / f"{prefix}-{width}.png")


def main() -> None:
    """argv: a run file, or nothing."""
    with TemporaryDirectory() as folder:
        measured = Path(sys.argv[1]) if len(sys.argv) > 1 else measure(folder=folder) / "run.json"
        report = Path(folder) / "report.html"
        write(RunAnalysis(load(measured)), report)
        asyncio.run(take(report))


if __name__ == "__main__":
    main()
