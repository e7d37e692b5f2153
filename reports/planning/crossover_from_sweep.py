"""Crossovers of polling and push, measured: a sweep's runs as the points of a grid.

Freshness costs: a client that polls less often moves fewer bytes and gets older events. So
transports are compared at a tolerated age, or polling at one interval over all rates.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from feed.transport import parsed
from loadgen.runfile.run import Run
from loadgen.runfile.scenario import Scenario
from reports.formatting import units
from reports.formatting.transport_style import style_of
from reports.summary.formulas import per
from reports.summary.summary import Summary, summarise

Cost = Literal["ip_bytes_per_delivery", "server_cpu_ns_per_delivery"]

# Ages that an application may tolerate, from a tick to half a minute, in ns.
TOLERATED_NS = tuple(round(1e9 * s) for s in (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0))


@dataclass(frozen=True)
class Cell:
    """One transport at one point of the grid: medians over the rounds.

    interval_s     between two polls; None for a transport that has none.
    age_ns         mean age of an event on arrival.
    bytes, cpu_ns  on the wire, and of the server's CPU, for each delivery; None where unknown.
    sound          whether the load generator kept up.
    sampled_per_s  events due in the window, per second: what the schedule made of the rate.
    """

    transport: str
    rate_per_s: float
    interval_s: float | None
    age_ns: float
    bytes: float | None
    cpu_ns: float | None
    sound: bool
    sampled_per_s: float | None = None

    def cost(self, key: Cost) -> float | None:
        return self.bytes if key == "ip_bytes_per_delivery" else self.cpu_ns


def cells(runs: Iterable[Run]) -> tuple[Cell, ...]:
    """Every transport that delivered anything, at every point, by rate and interval."""
    found = [
        Cell(
            transport=summary.transport,
            rate_per_s=run.scenario.feed.rate_per_s,
            interval_s=(
                run.scenario.poll.interval_s if parsed(summary.transport).polls_on_grid else None
            ),
            age_ns=age_ns,
            bytes=summary["ip_bytes_per_delivery"],
            cpu_ns=summary["server_cpu_ns_per_delivery"],
            sound=bool(summary.generator_healthy),
            sampled_per_s=due_per_s(run.scenario, summary),
        )
        for run in runs
        for summary in summarise(run)
        if summary["received"] and (age_ns := summary["latency_mean_ns"]) is not None
    ]
    return tuple(sorted(found, key=lambda c: (c.rate_per_s, c.interval_s or 0.0, c.transport)))


def due_per_s(scenario: Scenario, summary: Summary) -> float | None:
    """Events that were due for each client, per second of the window."""
    return per(summary["expected"], scenario.clients.count * scenario.trial.duration_s)


def rates(grid: Sequence[Cell]) -> tuple[float, ...]:
    """The event rates of the grid, ascending, per second."""
    return tuple(sorted({cell.rate_per_s for cell in grid}))


def intervals(grid: Sequence[Cell]) -> tuple[float, ...]:
    """The poll intervals of the grid, ascending, in s."""
    return tuple(sorted({cell.interval_s for cell in grid if cell.interval_s is not None}))


def cheapest(
    grid: Iterable[Cell], rate_per_s: float, tolerated_ns: float, key: Cost
) -> Cell | None:
    """The cheapest that is fresh enough at this rate; None where there is none, or no cost."""
    fresh = [c for c in grid if c.rate_per_s == rate_per_s and c.age_ns <= tolerated_ns]
    known = [(cost, cell) for cell in fresh if (cost := cell.cost(key)) is not None]
    return min(known, key=lambda each: each[0])[1] if known else None


def ratios(grid: Sequence[Cell], interval_s: float, baseline: str, key: Cost) -> dict[float, float]:
    """Short polling's cost ÷ the baseline's, by rate, where both are known."""
    base = {c.rate_per_s: c.cost(key) for c in grid if c.transport == baseline}
    return {
        cell.rate_per_s: ours / theirs
        for cell in grid
        if cell.interval_s == interval_s and (ours := cell.cost(key)) is not None
        if (theirs := base.get(cell.rate_per_s))
    }


def crossing(by_rate: dict[float, float]) -> float | None:
    """The rate at which the ratio passes 1 on its way down, events per second.

    Between two measured rates it is taken on a line through their logarithms. None where the
    ratio does not pass 1 within the grid.
    """
    ascending = sorted(by_rate.items())
    for (low, above), (high, below) in zip(ascending, ascending[1:], strict=False):
        if above > 1 >= below:
            share = math.log(above) / (math.log(above) - math.log(below))
            return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    return None


def sentences(grid: Sequence[Cell], baseline: str) -> tuple[str, ...]:
    """For each interval: from which rate on polling is the cheaper in bytes, and by how much."""
    name, found = style_of(baseline).name, []
    for interval_s in intervals(grid):
        by_rate = ratios(grid, interval_s, baseline, "ip_bytes_per_delivery")
        if not by_rate:
            continue
        rate = crossing(by_rate)
        if rate is not None:
            verdict = f"polling is the cheaper from about {units.tick(rate)} events/s on"
        elif all(ratio <= 1 for ratio in by_rate.values()):
            verdict = "polling is the cheaper throughout"
        elif all(ratio > 1 for ratio in by_rate.values()):
            verdict = f"{name} is the cheaper throughout"
        else:
            verdict = "neither is the cheaper throughout"
        each = (
            f"{units.ratio(ratio)} at {units.tick(at)} events/s" for at, ratio in by_rate.items()
        )
        every = units.tick(interval_s * 1e9, units.duration)
        found.append(
            f"Polling every {every} moves {', '.join(each)} of the bytes that {name} moves for an "
            f"event: {verdict}."
        )
    return tuple(found)
