"""Crossovers of polling and push, from theory: bytes per event over the event rate.

At the sizes of this run: a random feed, its clients, interval, link and mean payload,
in IP packets on a network with an MTU of 1,500 (reports/planning/capacity.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from feed.transport import parsed
from loadgen.runfile.run import Run
from reports.comparison.ratios import baseline, one_of_each
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading, style_of
from reports.planning.capacity import Size, ip_bytes_per_event
from reports.planning.crossover_from_sweep import crossing
from reports.summary.formulas import per
from reports.summary.summary import Summary
from reports.theory.forecast import Forecasts
from reports.theory.model.inputs import ModelInputs
from reports.theory.predict import no_model, reason

PER_DECADE = 10
RATES = tuple(10 ** (step / PER_DECADE) for step in range(-2 * PER_DECADE, 3 * PER_DECADE + 1))
INTERVALS_S = tuple(10 ** (step / PER_DECADE) for step in range(-PER_DECADE, 3 * PER_DECADE + 1))


@dataclass(frozen=True)
class Line:
    """One transport. expected: events a second for each client → bytes per event, ascending.

    measured  the same of the run itself; None where the kernel counted nothing.
    """

    transport: str
    expected: Mapping[float, float]
    measured: tuple[float, float] | None


@dataclass(frozen=True)
class Crossovers:
    """lines: at least a polling transport and what it is held against, or none at all.

    sentences  from which rate on polling is the cheaper, and at which interval.
    rates      polling transport → that rate, in events a second for each client, where it is one.
    missing    why theory says nothing of some transports; "" where it does of all.
    """

    sentences: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    rates: Mapping[str, float] = field(default_factory=dict)
    missing: str = ""

    @property
    def measured_per_s(self) -> tuple[float, ...]:
        """The rates that the run had, ascending: medians, which trials that failed may part."""
        return tuple(sorted({line.measured[0] for line in self.lines if line.measured}))

    @property
    def ends(self) -> tuple[float, float]:
        """A decade around the rates at which something happens, and at least three in all."""
        marked = [*self.measured_per_s, *self.rates.values()]
        low = min(marked, default=1.0) / 10
        high = max(max(marked, default=1.0) * 10, low * 1e3)
        least = max((rate for rate in RATES if rate <= low), default=RATES[0])
        return least, min((rate for rate in RATES if rate >= high), default=RATES[-1])

    @property
    def table(self) -> Table:
        """A row for each round rate, and one for each that was measured."""
        low, high = self.ends
        rounded = [rate for rate in RATES[::PER_DECADE] if low <= rate <= high]
        rows = [
            (f"{units.rate(rate)}, expected", [line.expected.get(rate) for line in self.lines])
            for rate in rounded
        ]
        for rate in self.measured_per_s:
            own = (line.measured for line in self.lines)
            found = [each[1] if each and each[0] == rate else None for each in own]
            rows.append((f"{units.rate(rate)}, measured", found))
        return Table(
            "Bytes on the wire per event, by event rate",
            ("events for each client", *(heading(line.transport) for line in self.lines)),
            tuple((Cell(name), *(Cell(units.size(v)) for v in values)) for name, values in rows),
        )


@dataclass(frozen=True)
class _Known:
    """What theory needs of one transport to tell the bytes of an event."""

    inputs: ModelInputs
    size: Size

    def event_bytes(self, rate_per_s: float = 0.0, interval_s: float = 0.0) -> float | None:
        """0: as the run had it."""
        size = self.size
        rate_per_s, interval_s = rate_per_s or size.rate_per_s, interval_s or size.interval_s
        changed = replace(size, rate_per_s=rate_per_s, interval_s=interval_s)
        return ip_bytes_per_event(self.inputs, changed)


def crossovers(run: Run, summaries: Sequence[Summary], made: Forecasts) -> Crossovers:
    """Of the polling transports with the baseline. In an echo each text is a request whatever its
    rate, so that there is none."""
    base = baseline(summaries)
    if run.scenario.workload != "feed" or base is None or parsed(base.transport).traits.bare:
        return Crossovers()
    able = [s for s in (base, *summaries) if s["received"] and parsed(s.transport).is_choice]
    able = one_of_each(able)  # bytes are the protocol's, whichever library; the baseline's first
    known = {s.transport: one for s in able if (one := _known(run, s, made))}
    lines = {
        s.transport: Line(s.transport, expected, _measured(run, s))
        for s in summaries
        if s.transport in known
        if (expected := _over(RATES, known[s.transport].event_bytes))
    }
    reasons = {
        style_of(name).name: no_model(one.inputs) or reason(one.inputs, "ip_bytes_at_1500")
        for name, one in known.items()
        if name not in lines
    }
    missing = " ".join(f"Theory says nothing of {name}: {why}." for name, why in reasons.items())
    polling = [name for name in lines if not parsed(name).pushes]
    if not polling or base.transport not in lines:
        return Crossovers(missing=missing)
    against, sentences, rates = lines[base.transport], [], {}
    for name in polling:
        ratios = _ratios(lines[name].expected, against.expected)
        rate = crossing(ratios)
        sentences.append(_by_rate(run, lines[name], against, ratios, rate))
        if rate is not None:
            rates[name] = rate
        if parsed(name).polls_on_grid:
            sentences.append(_by_interval(known[name], known[base.transport]))
    return Crossovers(tuple(filter(None, sentences)), tuple(lines.values()), rates, missing)


def _known(run: Run, summary: Summary, made: Forecasts) -> _Known | None:
    rounds = [number for name, number in made if name == summary.transport]
    payload = summary["payload_bytes_per_delivery"]
    if not rounds or payload is None:
        return None
    inputs, scenario = made[summary.transport, min(rounds)].inputs, run.scenario
    rate = _due_per_s(run, summary) or inputs.rate_per_s or 1.0
    size = Size(scenario.clients.count, rate, round(payload), scenario.poll.interval_s)
    return _Known(inputs, size)


def _over(
    points: Sequence[float], event_bytes: Callable[[float], float | None]
) -> dict[float, float]:
    found = ((at, event_bytes(at)) for at in points)
    return {at: value for at, value in found if value is not None}


def _due_per_s(run: Run, summary: Summary) -> float | None:
    """Events that were due for each client, per second of the window."""
    clients_s = run.scenario.clients.count * run.scenario.trial.duration_s
    return per(summary["expected"], clients_s)


def _measured(run: Run, summary: Summary) -> tuple[float, float] | None:
    rate, event_bytes = _due_per_s(run, summary), summary["ip_bytes_per_delivery"]
    return (rate, event_bytes) if rate and event_bytes else None


def _ratios(ours: Mapping[float, float], theirs: Mapping[float, float]) -> dict[float, float]:
    return {at: value / theirs[at] for at, value in ours.items() if theirs.get(at)}


def _by_rate(
    run: Run, line: Line, against: Line, ratios: Mapping[float, float], rate: float | None
) -> str:
    every = units.tick(run.scenario.poll.interval_s * 1e9, units.duration)
    on_grid = parsed(line.transport).polls_on_grid
    ours = heading(line.transport) + (f" every {every}" if on_grid else "")
    name = style_of(against.transport).name
    if rate is None:
        which = "more" if all(ratio > 1 for ratio in ratios.values()) else "fewer"
        low, high = units.tick(RATES[0]), units.rate(RATES[-1])
        return f"{ours} moves {which} bytes per event than {name} at any rate from {low} to {high}."
    had = f"; this run had {units.rate(line.measured[0])}" if line.measured else ""
    return (
        f"{ours} moves fewer bytes per event than {name} from about "
        f"{units.significant(rate, 2)}{units.GAP}events/s for each client on{had}."
    )


def _by_interval(ours: _Known, against: _Known) -> str:
    """At the rate that the run had; "" where no interval within reason is a crossover."""
    theirs = against.event_bytes()
    if theirs is None:
        return ""
    by_interval = _over(INTERVALS_S, lambda every_s: ours.event_bytes(interval_s=every_s))
    interval_s = crossing({at: value / theirs for at, value in by_interval.items()})
    if interval_s is None:
        return ""
    every, age = (units.duration(s * 1e9, 2) for s in (interval_s, interval_s / 2))
    return (
        f"At {units.tick(ours.size.rate_per_s)}{units.GAP}events/s it would be the cheaper if it "
        f"polled no more often than every {every}, with events {age} old on arrival, in the mean."
    )
