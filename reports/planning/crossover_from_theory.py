"""Where the answer flips: bytes per event at event rates that the run did not have. Pure.

Theory alone, at the sizes of this run: a random feed, its clients, interval, link and mean payload,
in IP packets on a network with an MTU of 1,500 (reports/planning/capacity.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from feed.transport import parsed
from loadgen.runfile.run import Run
from reports.comparison.ratios import baseline, one_of_each
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading, look
from reports.planning.capacity import Size, ip_bytes_per_event
from reports.planning.crossover_from_sweep import crossing
from reports.summary.formulas import per
from reports.summary.summary import Summary
from reports.theory.forecast import Forecasts
from reports.theory.model.inputs import Premise
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
class Flip:
    """lines: at least a polling transport and what it is held against, or none at all.

    sentences  from which rate on polling is the cheaper, and at which interval.
    turns      polling transport → that rate, where there is one.
    missing    why theory says nothing of some transports; "" where it does of all.
    """

    sentences: tuple[str, ...]
    lines: tuple[Line, ...]
    turns: Mapping[str, float]
    missing: str

    @property
    def measured_per_s(self) -> tuple[float, ...]:
        """The rates that the run had, ascending: medians, which trials that failed may part."""
        return tuple(sorted({line.measured[0] for line in self.lines if line.measured}))

    @property
    def ends(self) -> tuple[float, float]:
        """A decade around the rates at which something happens, and at least three in all."""
        marked = [*self.measured_per_s, *self.turns.values()]
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


NO_FLIP = Flip((), (), {}, "")


@dataclass(frozen=True)
class _Known:
    """What theory needs of one transport, to price an event."""

    premise: Premise
    size: Size

    def price(self, rate_per_s: float = 0.0, interval_s: float = 0.0) -> float | None:
        """Of one event, in bytes; 0: as the run had it."""
        size = self.size
        rate_per_s, interval_s = rate_per_s or size.rate_per_s, interval_s or size.interval_s
        changed = replace(size, rate_per_s=rate_per_s, interval_s=interval_s)
        return ip_bytes_per_event(self.premise, changed)


def flip(run: Run, summaries: Sequence[Summary], made: Forecasts) -> Flip:
    """Of the polling transports against the baseline. In an echo each text is a request whatever
    its rate, so nothing can flip."""
    base = baseline(summaries)
    if run.scenario.workload != "feed" or base is None or parsed(base.transport).traits.bare:
        return NO_FLIP
    able = [s for s in (base, *summaries) if s["received"] and parsed(s.transport).is_choice]
    able = one_of_each(able)  # bytes are the protocol's, whichever library; the baseline's first
    known = {s.transport: one for s in able if (one := _known(run, s, made))}
    lines = [
        Line(s.transport, expected, _measured(run, s))
        for s in summaries
        if s.transport in known
        if (expected := _by_rate(known[s.transport]))
    ]
    by_name = {line.transport: line for line in lines}
    polling = [name for name in by_name if not parsed(name).pushes]
    missing = _missing(known, by_name)
    if not polling or base.transport not in by_name:
        return Flip((), (), {}, missing)
    against = by_name[base.transport]
    turns = {name: _turn(by_name[name], against) for name in polling}
    told = [
        sentence
        for name, turn in turns.items()
        for sentence in (
            _by_rate_told(run, by_name[name], against, turn),
            _by_interval_told(name, known, against) if parsed(name).polls_on_grid else "",
        )
        if sentence
    ]
    turned = {name: turn for name, turn in turns.items() if turn is not None}
    return Flip(tuple(told), tuple(lines), turned, missing)


def _known(run: Run, summary: Summary, made: Forecasts) -> _Known | None:
    rounds = [number for name, number in made if name == summary.transport]
    payload = summary["payload_bytes_per_delivery"]
    if not rounds or payload is None:
        return None
    premise, scenario = made[summary.transport, min(rounds)].premise, run.scenario
    rate = _due_per_s(run, summary) or premise.rate_per_s or 1.0
    size = Size(scenario.clients.count, rate, round(payload), scenario.poll.interval_s)
    return _Known(premise, size)


def _by_rate(known: _Known) -> dict[float, float]:
    if no_model(known.premise):
        return {}
    priced = ((rate, known.price(rate_per_s=rate)) for rate in RATES)
    return {rate: price for rate, price in priced if price is not None}


def _due_per_s(run: Run, summary: Summary) -> float | None:
    """Events that were due for each client, per second of the window."""
    expected = summary["expected"]
    clients_s = run.scenario.clients.count * run.scenario.trial.duration_s
    return None if expected is None else per(expected, clients_s)


def _measured(run: Run, summary: Summary) -> tuple[float, float] | None:
    rate, price = _due_per_s(run, summary), summary["ip_bytes_per_delivery"]
    return (rate, price) if rate and price else None


def _turn(line: Line, against: Line) -> float | None:
    return crossing(_ratios(line.expected, against.expected))


def _ratios(ours: Mapping[float, float], theirs: Mapping[float, float]) -> dict[float, float]:
    return {at: price / theirs[at] for at, price in ours.items() if theirs.get(at)}


def _by_rate_told(run: Run, line: Line, against: Line, turn: float | None) -> str:
    every = units.tick(run.scenario.poll.interval_s * 1e9, units.duration)
    ours = heading(line.transport) + (
        f" every {every}" if parsed(line.transport).polls_on_grid else ""
    )
    name = look(against.transport).name
    if turn is None:
        dear = all(ratio > 1 for ratio in _ratios(line.expected, against.expected).values())
        which = "more" if dear else "fewer"
        low, high = units.tick(RATES[0]), units.rate(RATES[-1])
        return f"{ours} moves {which} bytes per event than {name} at any rate from {low} to {high}."
    had = f"; this run had {units.rate(line.measured[0])}" if line.measured else ""
    return (
        f"{ours} moves fewer bytes per event than {name} from about "
        f"{_about(turn)}{units.GAP}events/s for each client on{had}."
    )


def _by_interval_told(name: str, known: Mapping[str, _Known], against: Line) -> str:
    """At the scenario's own rate; "" where no interval within reason turns it."""
    ours, theirs = known[name], known[against.transport].price()
    if theirs is None:
        return ""
    prices = ((every_s, ours.price(interval_s=every_s)) for every_s in INTERVALS_S)
    turn = crossing({every_s: price / theirs for every_s, price in prices if price is not None})
    if turn is None:
        return ""
    every, age = (units.duration(s * 1e9, 2) for s in (turn, turn / 2))
    return (
        f"At {units.tick(ours.size.rate_per_s)}{units.GAP}events/s it would be the cheaper if it "
        f"polled no more often than every {every}, with events {age} old on arrival, in the mean."
    )


def _about(rate_per_s: float) -> str:
    return units.significant(rate_per_s, 2)


def _missing(known: Mapping[str, _Known], told: Mapping[str, Line]) -> str:
    reasons = {
        look(name).name: no_model(one.premise) or reason(one.premise, "ip_bytes_at_1500")
        for name, one in known.items()
        if name not in told
    }
    return " ".join(f"Theory says nothing of {name}: {why}." for name, why in reasons.items())
