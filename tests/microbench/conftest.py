"""Collects the results of a session and writes them as a table."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.microbench.table import Benchmark, Ratio, markdown

OUT = Path(__file__).parents[2] / "reports" / "out" / "microbench.md"

_RATIOS: pytest.StashKey[list[Ratio]] = pytest.StashKey()
_TIMES_NS: pytest.StashKey[dict[str, float]] = pytest.StashKey()


@pytest.fixture
def ratios(request: pytest.FixtureRequest, benchmark: Benchmark) -> Iterator[list[Ratio]]:
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


@pytest.fixture
def times_ns(request: pytest.FixtureRequest) -> dict[str, float]:
    """The median time of one call, by its name in the table."""
    return request.config.stash.setdefault(_TIMES_NS, {})


def pytest_sessionfinish(session: pytest.Session) -> None:
    ratios = session.config.stash.get(_RATIOS, [])
    times_ns = session.config.stash.get(_TIMES_NS, {})
    if ratios or times_ns:
        text = markdown(ratios, times_ns)
        OUT.parent.mkdir(parents=True, exist_ok=True)
        OUT.write_text(text)
        print(f"\n{text}")
