"""What a request, a delivery and a connection cost a server, fitted to the trials of runs. Pure.

CPU time is taken to be so much for each request, each delivery and each time that the server wakes.
Trials of one mix of requests and deliveries cannot tell which of the two costs what: every
split that fits about as well counts (reports/planning/costs.py).

A server that had nothing to do for a while has gone to sleep and lost its caches, so its next turn
costs it more. Turns at random instants, T of them a second, leave T e^(-T s) gaps a second that are
longer than s: so often it wakes. What s is, the trials tell, and short polls one after another,
which never let it sleep (loadgen/trial/probes/busy_polls.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from feed.transport import parsed
from loadgen.runfile.figures import Figures
from loadgen.runfile.run import Run
from reports.summary import formulas
from reports.summary.formulas import NS_PER_S

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DRAWS = 400  # of the measurements, with replacement, among those of one group; over all models
# A model is about as good as the best one within this relative error, in the mean square.
NO_WORSE = 0.02
SAME = 6  # decimals of an error
CONFIDENCE = (2.5, 97.5)  # percentiles of the draws


@dataclass(frozen=True)
class Estimate:
    """low and high: an interval at 95 %, over the measurements and what they cannot tell apart."""

    low: float
    mid: float
    high: float

    def times(self, factor: float) -> "Estimate":
        return Estimate(self.low * factor, self.mid * factor, self.high * factor)


@dataclass(frozen=True, eq=False)
class Model:
    """which: of the candidates. parts: an amount for each of its columns."""

    which: int
    parts: Floats


def models(candidates: Sequence[Floats], spent: Floats, groups: Ints) -> list[Model]:
    """Those that fit about as well as the best, which comes first; then as many as were drawn.

    candidates: matrices, a row for each measurement and a column for each part; a column of zeros
    is left out. Of two that fit alike the first is the better. spent: the amounts, above 0.
    groups: a number for each measurement; they are drawn within one.
    """
    fits = [_fit(columns, spent) for columns in candidates]
    best = min(error for _, error in fits)
    order = sorted(range(len(fits)), key=lambda which: round(fits[which][1], SAME))
    kept = [which for which in order if fits[which][1] <= best + NO_WORSE]
    random = np.random.default_rng(0)
    draws = [_draw(random, groups) for _ in range(max(1, DRAWS // len(kept)))]
    return [Model(which, fits[which][0]) for which in kept] + [
        Model(which, _fit(candidates[which][rows], spent[rows])[0])
        for which in kept
        for rows in draws
    ]


def estimate(values: Floats) -> Estimate:
    """values: what each of the models says, the best one's first."""
    low, high = np.percentile(values, CONFIDENCE)
    mid = float(values[0])
    return Estimate(min(float(low), mid), mid, max(float(high), mid))


def _draw(random: np.random.Generator, groups: Ints) -> Ints:
    """As many measurements of each group as it has, with replacement."""
    rows = (np.flatnonzero(groups == group) for group in np.unique(groups))
    return np.concatenate([random.choice(row, row.size) for row in rows])


def _fit(columns: Floats, spent: Floats) -> tuple[Floats, float]:
    """The amounts of the parts, and the relative error, in the mean square."""
    from scipy.optimize import nnls  # here, as it takes most of a second to load

    parts, error = nnls(columns / spent[:, None], np.ones(spent.size))
    return parts, float(error) / np.sqrt(spent.size)


# A longer gap lets the server sleep. 0: every gap does.
RESTS_S = (0.0, *(0.0005 * 2 ** (step / 2) for step in range(11)))


@dataclass(frozen=True)
class Load:
    """Of one server process, each second. turns: how often something new calls it, at random
    instants, a short poll or else what falls due; 0 where it never rests.
    """

    turns: float
    requests: float
    deliveries: float


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
    """Of one transport.

    cpu   models × 4: seconds of rest that let it sleep; and in CPU seconds, for each time that it
          wakes, each request and each delivery; the first is the best.
    rss   models × 2: a constant, and per client, in bytes; the first is the best.
    """

    transport: str
    samples: tuple[Sample, ...]
    cpu: Floats
    rss: Floats

    @property
    def clients(self) -> tuple[int, ...]:
        """The numbers of clients that were measured, ascending."""
        return tuple(sorted({sample.clients for sample in self.samples}))

    def cores(self, load: Load) -> Estimate:
        """CPU seconds a second, of one server process."""
        rest_s, *parts = self.cpu.T
        wakes = load.turns * np.exp(-load.turns * rest_s)
        loads = (wakes, load.requests, load.deliveries)
        return estimate(sum(part * each for part, each in zip(parts, loads, strict=True)))

    def memory(self, clients: float) -> Estimate:
        """Bytes that this many connections add to one server process."""
        return estimate(self.rss @ np.array([1.0, clients]))


def costs(runs: Sequence[Run], transport: str) -> Costs | None:
    """None where no trial of these runs can tell."""
    found = samples(runs, transport)
    if not found:
        return None
    return Costs(transport, found, _cpu(found), _rss(found))


def samples(runs: Sequence[Run], transport: str) -> tuple[Sample, ...]:
    """Of each trial of this transport that used CPU time and memory which somebody measured."""
    found = (
        _sample(run, transport, trial.figures)
        for run in runs
        for trial in run.trials
        if trial.transport == transport and trial.figures
    )
    return tuple(sample for sample in found if sample is not None)


def turns_per_s(transport: str, requests_per_s: float, due_per_s: float) -> float:
    """Short polls come one by one; what falls due calls for all other clients at once."""
    return requests_per_s if parsed(transport).polls_on_grid else due_per_s


def _sample(run: Run, transport: str, figures: Figures) -> Sample | None:
    cpu, requests = formulas.server_cpu_share(figures), formulas.requests_per_s(figures)
    grown = formulas.server_rss_per_client(figures)
    received = formulas.per(figures.deliveries.received * NS_PER_S, figures.window_ns)
    if not cpu or requests is None or received is None or grown is None:
        return None
    feed = run.scenario.feed
    at_once = feed.burst_events if feed.schedule == "burst" else 1
    turns = turns_per_s(transport, requests, received / max(1, figures.clients) / at_once)
    return Sample(
        clients=figures.clients,
        load=Load(turns, requests, received),
        cpu=cpu,
        rss_bytes=max(1.0, grown * figures.clients),
        busy=_busy(figures),
    )


def _busy(figures: Figures) -> tuple[Load, float] | None:
    seen = figures.exchange and figures.exchange.busy
    if not seen or not seen.cpu_ns or not seen.span_ns:
        return None
    span_s = seen.span_ns / NS_PER_S
    return Load(0.0, seen.polls / span_s, seen.events / span_s), seen.cpu_ns / seen.span_ns


def _cpu(found: Sequence[Sample]) -> Floats:
    """As in Costs."""
    measured = [(sample.clients, sample.load, sample.cpu) for sample in found]
    measured += [(-sample.clients, *sample.busy) for sample in found if sample.busy]
    groups, loads, spent = zip(*measured, strict=True)
    # Of one number of clients alone, nothing tells what does not grow with them.
    wakes = len(set(groups)) > 1
    requests = any(load.requests for load in loads)
    splits = ((wakes, True, True), (wakes, True, False), (wakes, False, True))
    kept = splits if requests else splits[2:]
    tried = list(product(kept, RESTS_S if wakes else RESTS_S[:1]))
    fitted = models(
        [_columns(loads, rest_s) * np.array(split) for split, rest_s in tried],
        np.array(spent),
        np.array(groups, dtype=np.int64),
    )
    return np.array([[tried[model.which][1], *model.parts] for model in fitted])


def _columns(loads: Sequence[Load], rest_s: float) -> Floats:
    """A row for each: how often it wakes, requests, deliveries."""
    return np.array(
        [
            [load.turns * np.exp(-load.turns * rest_s), load.requests, load.deliveries]
            for load in loads
        ]
    )


def _rss(found: Sequence[Sample]) -> Floats:
    """As in Costs."""
    clients = np.array([sample.clients for sample in found], dtype=np.int64)
    constant = np.full(clients.size, float(np.unique(clients).size > 1))
    fitted = models(
        [np.stack([constant, clients.astype(float)], axis=1)],
        np.array([sample.rss_bytes for sample in found]),
        clients,
    )
    return np.array([model.parts for model in fitted])
