"""What a request, a delivery and a connection cost a server, fitted to the trials of runs.

CPU time is taken to be so much for each request, each delivery and each waking, and memory a
constant and so much for each connection: one non-negative least-squares fit for each of the two.

A server that had nothing to do for a while has gone to sleep and lost its caches, so what calls it
next costs it more. Calls at random instants, T of them a second, leave T e^(-T s) gaps a second
that are longer than s: so often it wakes (docs/adr/0015).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from feed.transport import parsed
from loadgen.runfile.figures import Figures
from loadgen.runfile.run import Run, Trial
from reports.summary import formulas
from reports.summary.formulas import NS_PER_S

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DRAWS = 400  # of the rounds, with replacement, among those of one number of clients
CONFIDENCE = (2.5, 97.5)  # percentiles of the draws
# After this long without a call a server sleeps: polls of a single client cost 0.15 ms up to 0.5 ms
# after the one before, 0.18 ms after 1 ms, 0.4 ms after 3.3 ms and 0.55 ms from 10 ms on.
REST_S = 0.0025
# Trials whose deliveries for each request differ by less than this factor have one mix of the two.
ONE_MIX = 1.5


@dataclass(frozen=True)
class Estimate:
    """low and high: an interval at 95 %, over the rounds of the trials."""

    low: float
    mid: float
    high: float

    def times(self, factor: float) -> "Estimate":
        return Estimate(self.low * factor, self.mid * factor, self.high * factor)

    def plus(self, amount: float) -> "Estimate":
        return Estimate(self.low + amount, self.mid + amount, self.high + amount)


@dataclass(frozen=True)
class Load:
    """Of one server process, each second. calls: how often something new calls it, at random
    instants, a short poll or else what falls due; 0 where it never rests."""

    calls: float
    requests: float
    deliveries: float

    @property
    def columns(self) -> tuple[float, float, float]:
        """How often a second it wakes, answers and delivers."""
        return self.calls * float(np.exp(-self.calls * REST_S)), self.requests, self.deliveries


@dataclass(frozen=True)
class Sample:
    """One trial. cpu: of one core, in the mean of its window. rss_bytes: grown by its clients.

    busy  load and cpu of polls that came one after another; None where there were none.
    """

    clients: int
    load: Load
    cpu: float
    rss_bytes: float
    busy: tuple[Load, float] | None


@dataclass(frozen=True, eq=False)
class Costs:
    """Of one transport. In both tables the first row is the fit to all trials, and each other one
    that to a draw of their rounds.

    clients  the numbers of clients that were measured, ascending.
    cpu      rows of CPU seconds for each waking, request and delivery.
    rss      rows of a constant, and so much for each client, in bytes.
    one_mix  all trials had about as many deliveries for each request: what the two cost together
             stands with the requests.
    """

    transport: str
    clients: tuple[int, ...]
    cpu: Floats
    rss: Floats
    one_mix: bool

    def cores(self, load: Load) -> Estimate:
        """CPU seconds a second, of one server process."""
        return estimate(self.cpu @ np.array(load.columns))

    def memory(self, clients: float) -> Estimate:
        """Bytes that this many connections add to one server process."""
        return estimate(self.rss @ np.array([1.0, clients]))


def costs(runs: Sequence[Run], transport: str) -> Costs | None:
    """None where no trial of these runs can tell."""
    found = samples(runs, transport)
    if not found:
        return None
    clients = np.array([sample.clients for sample in found])
    grown = np.array([sample.rss_bytes for sample in found])
    measured = [(sample.clients, sample.load, sample.cpu) for sample in found]
    measured += [(-sample.clients, *sample.busy) for sample in found if sample.busy]
    groups, loads, spent = zip(*measured, strict=True)
    mixes = [load.deliveries / load.requests for load in loads if load.requests]
    one_mix = bool(mixes) and max(mixes) <= ONE_MIX * min(mixes)
    # Of one number of clients alone, nothing tells what does not grow with them.
    several, sizes = len(set(groups)) > 1, np.unique(clients)
    constant_and_clients = np.stack([np.full(clients.size, float(sizes.size > 1)), clients], axis=1)
    columns = np.array([load.columns for load in loads]) * np.array([several, True, not one_mix])
    return Costs(
        transport=transport,
        clients=tuple(sizes.tolist()),
        cpu=fits(columns, np.array(spent), np.array(groups)),
        rss=fits(constant_and_clients, grown, clients),
        one_mix=one_mix,
    )


def tried(runs: Sequence[Run], transport: str) -> list[tuple[Run, Trial, Figures]]:
    """The trials of this transport that gave figures, each with its run."""
    return [
        (run, trial, trial.figures)
        for run in runs
        for trial in run.trials
        if trial.transport == transport and trial.figures
    ]


def samples(runs: Sequence[Run], transport: str) -> tuple[Sample, ...]:
    """Of each trial of this transport whose CPU time and memory were measured."""
    found = []
    for run, _, figures in tried(runs, transport):
        cpu, requests = formulas.server_cpu_share(figures), formulas.requests_per_s(figures)
        grown = formulas.server_rss_per_client(figures)
        received = formulas.per(figures.deliveries.received * NS_PER_S, figures.window_ns)
        if not cpu or requests is None or received is None or grown is None:
            continue
        feed = run.scenario.feed
        at_once = feed.burst_events if feed.schedule == "burst" else 1
        calls = calls_per_s(transport, requests, received / max(1, figures.clients) / at_once)
        load, rss_bytes = Load(calls, requests, received), max(1.0, grown * figures.clients)
        found.append(Sample(figures.clients, load, cpu, rss_bytes, _busy(figures)))
    return tuple(found)


def calls_per_s(transport: str, requests_per_s: float, due_per_s: float) -> float:
    """Short polls come one by one; what falls due calls for all other clients at once."""
    return requests_per_s if parsed(transport).polls_on_grid else due_per_s


def fits(columns: Floats, spent: Floats, groups: Ints) -> Floats:
    """What each column costs, none below 0, with the least relative error, in the mean square.

    columns: a row for each measurement; a column of zeros costs 0. spent: the amounts, above 0.
    groups: a number for each measurement; rounds are drawn within one. Returns a row of costs for
    all measurements, and then one for each of DRAWS draws.
    """
    from scipy.optimize import nnls  # here, as it takes most of a second to load

    random = np.random.default_rng(0)
    of_group = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    draws = (
        np.concatenate([random.choice(rows, rows.size) for rows in of_group]) for _ in range(DRAWS)
    )
    relative, ones = columns / spent[:, None], np.ones(spent.size)
    chosen = [np.arange(spent.size), *draws]
    return np.array([nnls(relative[rows], ones[rows])[0] for rows in chosen])


def estimate(values: Floats) -> Estimate:
    """values: of the fit to all trials first, then of each draw."""
    low, high = np.percentile(values, CONFIDENCE)
    mid = float(values[0])
    return Estimate(min(float(low), mid), mid, max(float(high), mid))


def _busy(figures: Figures) -> tuple[Load, float] | None:
    measured = figures.exchange and figures.exchange.busy
    if not measured or not measured.cpu_ns or not measured.span_ns:
        return None
    span_s = measured.span_ns / NS_PER_S
    load = Load(0.0, measured.polls / span_s, measured.events / span_s)
    return load, measured.cpu_ns / measured.span_ns
