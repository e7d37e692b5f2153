"""The plan as people and programs read it: a row for each need, what it rests on, and the price."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import msgspec

from feed.transport import parsed
from loadgen.runfile.run import Run
from reports.formatting import units
from reports.formatting.table import Format, aligned, markdown
from reports.formatting.transport_style import heading
from reports.planning.capacity import Need, Size, needs
from reports.planning.costs import Estimate

FAR = 10  # times as many clients as were measured are called an extrapolation
GB = 1e9


@dataclass(frozen=True)
class Prices:
    """A month's, in whatever currency; None: not asked for."""

    per_core: float | None = None
    per_gb_memory: float | None = None
    per_gb_traffic: float | None = None

    def of(self, need: Need) -> float | None:
        """Of the best estimate, for all that has a price; None where nothing has."""
        month_bytes = need.month_bytes
        parts = (
            (self.per_core, need.cores.mid),
            (self.per_gb_memory, need.memory_bytes.mid / GB),
            (self.per_gb_traffic, None if month_bytes is None else month_bytes / GB),
        )
        known = [price * amount for price, amount in parts if price is not None and amount]
        return sum(known) if known else None


@dataclass(frozen=True)
class Plan:
    """needs: one for each transport. size: what is planned."""

    size: Size
    needs: tuple[Need, ...]
    prices: Prices


def plan(runs: Sequence[Run], size: Size, prices: Prices) -> Plan:
    """From what these runs measured; a transport under a second name (`#2`) is left out."""
    found = needs(runs, size)
    return Plan(size, tuple(need for need in found if parsed(need.transport).is_plain), prices)


def told(made: Plan, format: Format) -> str:
    """The plan in that format; ends with a line break.

    json  {"size", "assumptions", "needs"}; csv  a row for each transport, its best estimates.
    """
    if format == "json":
        return _json(made)
    if format == "csv":
        return _csv(made)
    grid = _grid(made)
    table = aligned(grid) if format == "table" else markdown(grid)
    bullet = "* " if format == "table" else "- "
    return f"{_title(made.size)}\n\n{table}\n" + "".join(
        f"{bullet}{sentence}\n" for sentence in assumptions(made)
    )


def assumptions(made: Plan) -> list[str]:
    """What the plan rests on, in sentences."""
    size = made.size
    share = units.share(size.busy)
    sentences = [
        f"Each server process has one core and uses up to {share} of it; cores are bought whole, "
        "so the processes are the number to run. What spreads clients over them is not in it.",
        "CPU time is so much for each request, each delivery and each time that an idle server "
        "wakes, as fitted to the trials; memory is that of a process, and so much for each "
        "connection.",
        "Requests and bytes are theory's for a Poisson feed over the measured link; traffic counts "
        "IP packets of a network with an MTU of 1,500, in both directions, for 30 days.",
    ]
    for need in made.needs:
        most = max(need.measured)
        if size.clients / need.processes > FAR * most:
            sentences.append(
                f"{heading(need.transport)} was measured with {units.count(most)} clients at most: "
                f"{units.ratio(size.clients / need.processes / most)} as many in one process are "
                "far from that."
            )
        if len(need.measured) == 1:
            sentences.append(
                f"{heading(need.transport)} was measured with one number of clients only, so all "
                "of its cost is taken to grow with them."
            )
        if need.one_mix:
            sentences.append(
                f"{heading(need.transport)} was measured at one mix of requests and deliveries "
                "only, so what a delivery costs stands with the requests: trials at another event "
                "rate or poll interval tell the two apart."
            )
        if not need.modelled:
            sentences.append(
                f"{heading(need.transport)} has no model here: requests and bytes for each "
                "delivery are those of its trials, at their rate and payload."
            )
    return sentences


def _title(size: Size) -> str:
    every = units.tick(size.interval_s * 1e9, units.duration)
    return (
        f"{units.count(size.clients)} clients, {units.tick(size.rate_per_s)} events/s of "
        f"{units.size(size.payload_bytes)}, polls every {every}:"
    )


def _grid(made: Plan) -> list[list[str]]:
    rows: list[tuple[str, Callable[[Need], str]]] = [
        ("cores at work", lambda need: _within(need.cores, units.significant)),
        ("server processes", lambda need: units.count(need.processes)),
        ("memory", lambda need: _within(need.memory_bytes, units.size)),
        ("requests", lambda need: units.rate(need.requests_per_s)),
        ("deliveries", lambda need: units.rate(need.deliveries_per_s)),
        ("bandwidth, protocol", lambda need: _bits(need.protocol_bytes_per_s)),
        ("bandwidth, IP", lambda need: _bits(need.ip_bytes_per_s)),
        ("traffic in a month", lambda need: units.size(need.month_bytes)),
        ("age of an event, mean", lambda need: units.duration(need.latency_mean_ns)),
    ]
    if made.prices != Prices():
        rows.append(("price of a month", lambda need: _price(made.prices.of(need))))
    head = ["", *(need.transport for need in made.needs)]
    return [head, *([label, *map(text, made.needs)] for label, text in rows)]


def _within(estimate: Estimate, text: Callable[[float], str]) -> str:
    span = units.span(text(estimate.low), text(estimate.high))
    return f"{text(estimate.mid)} ({span})" if span else text(estimate.mid)


def _bits(bytes_per_s: float | None) -> str:
    if bytes_per_s is None:
        return units.NOTHING
    return f"{units.significant(bytes_per_s * 8 / 1e6)}{units.GAP}Mbit/s"


def _price(amount: float | None) -> str:
    return units.NOTHING if amount is None else units.significant(amount)


def _json(made: Plan) -> str:
    document = {
        "size": asdict(made.size),
        "assumptions": assumptions(made),
        "needs": [
            asdict(need) | {"month_bytes": need.month_bytes, "month_price": made.prices.of(need)}
            for need in made.needs
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _csv(made: Plan) -> str:
    head = (
        "transport,cores,processes,memory_bytes,requests_per_s,deliveries_per_s,"
        "protocol_bytes_per_s,ip_bytes_per_s,month_bytes,latency_mean_ns"
    )
    rows = [
        (
            need.transport,
            need.cores.mid,
            need.processes,
            need.memory_bytes.mid,
            need.requests_per_s,
            need.deliveries_per_s,
            need.protocol_bytes_per_s,
            need.ip_bytes_per_s,
            need.month_bytes,
            need.latency_mean_ns,
        )
        for need in made.needs
    ]
    fields = (",".join("" if value is None else str(value) for value in row) for row in rows)
    return "\n".join([head, *fields]) + "\n"
