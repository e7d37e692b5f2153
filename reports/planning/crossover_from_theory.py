"""Crossovers of polling and push, from theory: bytes per event over the event rate.

At the sizes of this run: a random feed, its clients, interval, link and mean payload,
in IP packets on a network with an MTU of 1,500 (reports/planning/capacity.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from feed.transport import parsed
from loadgen.runfile.run import Run
from reports.comparison.ratios import baseline, one_of_each
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading, style_of
from reports.planning.capacity import Size, ip_bytes_per_event
from reports.planning.crossover_from_sweep import crossing, due_per_s
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
    """lines: at least a polling transport and what it is compared with, or none at all.

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
        rows = [
            (f"{units.rate(rate)}, expected", [line.expected.get(rate) for line in self.lines])
            for rate in RATES[::PER_DECADE]
            if low <= rate <= high
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


def crossovers(run: Run, summaries: Sequence[Summary], made: Forecasts) -> Crossovers:
    """Of the polling transports with the baseline. In an echo each text is a request whatever its
    rate, so that there is none."""
    base = baseline(summaries)
    if run.scenario.workload != "feed" or base is None or parsed(base.transport).traits.bare:
        return Crossovers()
    able = [s for s in (base, *summaries) if s["received"] and parsed(s.transport).is_choice]
    able = one_of_each(able)  # bytes are the protocol's, whichever library; the baseline's first
    known = {s.transport: one for s in able if (one := _known(run, s, made))}
    lines: dict[str, Line] = {}
    for s in summaries:
        if s.transport in known:
            inputs, size = known[s.transport]
            expected = _over(inputs, {at: replace(size, rate_per_s=at) for at in RATES})
            due, event_bytes = due_per_s(run.scenario, s), s["ip_bytes_per_delivery"]
            measured = (due, event_bytes) if due and event_bytes else None
            if expected:
                lines[s.transport] = Line(s.transport, expected, measured)
    reasons = {
        style_of(name).name: no_model(inputs) or reason(inputs, "ip_bytes_at_1500")
        for name, (inputs, _) in known.items()
        if name not in lines
    }
    missing = " ".join(f"Theory says nothing of {name}: {why}." for name, why in reasons.items())
    polling = [name for name in lines if not parsed(name).pushes]
    if not polling or base.transport not in lines:
        return Crossovers(missing=missing)
    against, sentences, rates = lines[base.transport], [], {}
    for name in polling:
        ours, theirs = lines[name].expected, against.expected
        ratios = {at: value / theirs[at] for at, value in ours.items() if theirs.get(at)}
        rate = crossing(ratios)
        sentences.append(_by_rate(run, lines[name], against, ratios, rate))
        if rate is not None:
            rates[name] = rate
        if parsed(name).polls_on_grid:
            sentences.append(_by_interval(known[name], known[base.transport]))
    return Crossovers(tuple(filter(None, sentences)), tuple(lines.values()), rates, missing)


def _known(run: Run, summary: Summary, made: Forecasts) -> tuple[ModelInputs, Size] | None:
    """What theory needs of one transport to tell the bytes of an event: at the run's own size."""
    rounds = [number for name, number in made if name == summary.transport]
    payload = summary["payload_bytes_per_delivery"]
    if not rounds or payload is None:
        return None
    inputs, scenario = made[summary.transport, min(rounds)].inputs, run.scenario
    rate = due_per_s(scenario, summary) or inputs.rate_per_s or 1.0
    return inputs, Size(scenario.clients.count, rate, round(payload), scenario.poll.interval_s)


def _over(inputs: ModelInputs, sizes: Mapping[float, Size]) -> dict[float, float]:
    """The bytes of an event at each size, where theory knows them."""
    found = ((at, ip_bytes_per_event(inputs, size)) for at, size in sizes.items())
    return {at: value for at, value in found if value is not None}


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


def _by_interval(ours: tuple[ModelInputs, Size], against: tuple[ModelInputs, Size]) -> str:
    """At the rate that the run had; "" where no interval within reason is a crossover."""
    (inputs, size), theirs = ours, ip_bytes_per_event(*against)
    if theirs is None:
        return ""
    by_interval = _over(inputs, {at: replace(size, interval_s=at) for at in INTERVALS_S})
    interval_s = crossing({at: value / theirs for at, value in by_interval.items()})
    if interval_s is None:
        return ""
    every, age = (units.duration(s * 1e9, 2) for s in (interval_s, interval_s / 2))
    return (
        f"At {units.tick(size.rate_per_s)}{units.GAP}events/s it would be the cheaper if it "
        f"polled no more often than every {every}, with events {age} old on arrival, in the mean."
    )
