"""What a poll costs an idle server, and a busy one."""

import pytest

from loadgen.runfile.figures import Busy
from loadgen.runfile.run import Run
from reports.sections.measured import idle_polls
from tests.reports import runs
from tests.reports.sized import of_size

BUSY = Busy(polls=1_000, events=0, cpu_ns=150_000_000, span_ns=200_000_000)


def polled(cpu_ms: float, busy: Busy | None, transport: str = "short-poll") -> Run:
    return of_size(
        transport,
        100,
        requests_per_s=100,
        deliveries_per_s=20,
        cpu=100 * cpu_ms / 1_000,
        rss_bytes=1_000_000,
        busy=busy,
    )


def test_both_costs_are_told() -> None:
    told = idle_polls(polled(0.5, BUSY)).replace("\N{NO-BREAK SPACE}", " ")
    assert told.startswith("Short polling: a poll cost the server 500 µs of CPU time, as it")
    assert "150 µs right afterwards" in told


@pytest.mark.parametrize(
    "run",
    [
        polled(0.15, BUSY),
        polled(0.5, None),
        polled(0.5, Busy(polls=0, events=0, cpu_ns=0, span_ns=0)),
        runs.run([runs.failed("short-poll", 1)]),
    ],
    ids=["no rest", "not known", "no polls", "failed"],
)
def test_nothing_is_told_that_is_not_known(run: Run) -> None:
    assert idle_polls(run) == ""
