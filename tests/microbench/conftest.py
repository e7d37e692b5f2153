"""Collects the results of a session and writes them as a table."""

import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.microbench.table import Ratio, markdown

OUT = Path(__file__).parents[2] / "reports" / "out" / "microbench.md"

_RATIOS: pytest.StashKey[list[Ratio]] = pytest.StashKey()


@pytest.fixture
def ratios(request: pytest.FixtureRequest, benchmark) -> Iterator[list[Ratio]]:
    """Append to it what was found; it is kept in the benchmark's extra_info and in the table."""
    found: list[Ratio] = []
    yield found
    request.config.stash.setdefault(_RATIOS, []).extend(found)
    for ratio in found:
        benchmark.extra_info[ratio.against] = {
            "ratios": ratio.ratios,
            "median": ratio.median,
            "target": ratio.target,
        }


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    ratios = session.config.stash.get(_RATIOS, [])
    calls = session.config._benchmarksession.benchmarks
    times_ns = {
        call.extra_info["call"]: statistics.median(call.stats.data) * 1e9
        for call in calls
        if "call" in call.extra_info
    }
    if ratios or times_ns:
        text = markdown(ratios, times_ns)
        OUT.parent.mkdir(parents=True, exist_ok=True)
        OUT.write_text(text)
        print(f"\n{text}")
