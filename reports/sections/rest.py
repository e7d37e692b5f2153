"""What of a poll's cost is the waking of a server that had rested, in a sentence. Pure.

A trial with few clients lets the server sleep between two polls, and charges each of them for it; a
server with more to do is not as dear. Who compares CPU times has to know which of the two it is.
"""

import statistics
from collections.abc import Iterator

from loadgen.runfile.figures import Figures
from loadgen.runfile.run import Run
from reports.formatting import units
from reports.formatting.transport_style import heading, is_plain, is_short_poll
from reports.summary.formulas import sent_requests, server_cpu_ns

TOLD_FROM = 1.25  # times what a poll costs a server that never rests: noise is less


def told(run: Run) -> str:
    """Of each transport whose polls came one by one; "" where a rest did not make them dearer."""
    tried = (trial.transport for trial in run.trials)
    names = dict.fromkeys(name for name in tried if is_plain(name) and is_short_poll(name))
    return " ".join(sentence for name in names for sentence in _of(run, name))


def _of(run: Run, name: str) -> Iterator[str]:
    found = [trial.figures for trial in run.trials if trial.transport == name and trial.figures]
    costs = [pair for pair in map(_costs, found) if pair]
    if not costs:
        return
    here_ns, busy_ns = (statistics.median(side) for side in zip(*costs, strict=True))
    if here_ns >= TOLD_FROM * busy_ns:
        yield (
            f"{heading(name)}: a poll cost the server {units.duration(here_ns)} of CPU time, as "
            f"it rested between two of them, and {units.duration(busy_ns)} right afterwards, when "
            "it could not: with more clients a poll costs less."
        )


def _costs(figures: Figures) -> tuple[float, float] | None:
    """CPU time of a poll, in ns: in the window, and of a server without a rest."""
    busy = figures.exchange and figures.exchange.busy
    spent_ns, polls = server_cpu_ns(figures), sent_requests(figures)
    if not busy or not busy.polls or not spent_ns or not polls:
        return None
    return spent_ns / polls, busy.cpu_ns / busy.polls
