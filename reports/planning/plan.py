"""A plan as table, Markdown, JSON or CSV: each transport's needs, their price, the assumptions."""

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
CSV_KEYS = (
    "transport",
    "cores",
    "processes",
    "memory_bytes",
    "requests_per_s",
    "deliveries_per_s",
    "protocol_bytes_per_s",
    "ip_bytes_per_s",
    "month_bytes",
    "latency_mean_ns",
)


@dataclass(frozen=True)
class Prices:
    """A month's, in whatever currency; None: not asked for."""

    per_core: float | None = None
    per_gb_memory: float | None = None
    per_gb_traffic: float | None = None

    def of(self, need: Need) -> float | None:
        """Of the best estimate, for all that has a price; None where nothing has."""
        gb_traffic = None if need.month_bytes is None else need.month_bytes / GB
        parts = (
            (self.per_core, need.cores.mid),
            (self.per_gb_memory, need.memory_bytes.mid / GB),
            (self.per_gb_traffic, gb_traffic),
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


def text(made: Plan, format: Format) -> str:
    """The plan in that format; ends with a line break.

    json  {"size", "assumptions", "needs"}; csv  a row for each transport, its best estimates.
    """
    size = made.size
    if format == "json":
        found = [
            asdict(need) | {"month_bytes": need.month_bytes, "month_price": made.prices.of(need)}
            for need in made.needs
        ]
        document = {"size": asdict(size), "assumptions": assumptions(made), "needs": found}
        return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
    if format == "csv":
        rows = [",".join(_field(need, key) for key in CSV_KEYS) for need in made.needs]
        return "\n".join([",".join(CSV_KEYS), *rows]) + "\n"
    bullet, table = ("* ", aligned) if format == "table" else ("- ", markdown)
    every = units.tick(size.interval_s * 1e9, units.duration)
    return (
        f"{units.count(size.clients)} clients, {units.tick(size.rate_per_s)} events/s of "
        f"{units.size(size.payload_bytes)}, polls every {every}:\n\n{table(_grid(made))}\n"
    ) + "".join(f"{bullet}{sentence}\n" for sentence in assumptions(made))


def assumptions(made: Plan) -> list[str]:
    """What the plan rests on, in sentences."""
    size = made.size
    sentences = [
        f"Each server process has one core and uses up to {units.share(size.busy)} of it; cores "
        "are bought whole, so the processes are the number to run. What spreads clients over them "
        "is not in it.",
        "CPU time is so much for each request, each delivery and each time that an idle server "
        "wakes, as fitted to the trials; memory is that of a process, and so much for each "
        "connection.",
        "Requests and bytes are theory's for a Poisson feed over the measured link; traffic counts "
        "IP packets of a network with an MTU of 1,500, in both directions, for 30 days.",
    ]
    for need in made.needs:
        name, most = heading(need.transport), max(need.measured)
        each = size.clients / need.processes
        if each > FAR * most:
            sentences.append(
                f"{name} was measured with {units.count(most)} clients at most: "
                f"{units.ratio(each / most)} as many in one process are far from that."
            )
        if len(need.measured) == 1:
            sentences.append(
                f"{name} was measured with one number of clients only, so all of its cost is taken "
                "to grow with them."
            )
        if need.one_mix:
            sentences.append(
                f"{name} was measured at one mix of requests and deliveries only, so what a "
                "delivery costs is counted with the requests: trials at another event rate or poll "
                "interval tell the two apart."
            )
        if not need.modelled:
            sentences.append(
                f"{name} has no model here: requests and bytes for each delivery are those of its "
                "trials, at their rate and payload."
            )
    return sentences


def _grid(made: Plan) -> list[list[str]]:
    rows: list[tuple[str, Callable[[Need], str]]] = [
        ("", lambda need: need.transport),
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
        rows.append(("price of a month", lambda need: _number(made.prices.of(need))))
    return [[label, *map(cell, made.needs)] for label, cell in rows]


def _within(estimate: Estimate, text: Callable[[float], str]) -> str:
    span = units.span(text(estimate.low), text(estimate.high))
    return f"{text(estimate.mid)} ({span})" if span else text(estimate.mid)


def _bits(bytes_per_s: float | None) -> str:
    return _number(None if bytes_per_s is None else bytes_per_s * 8 / 1e6, f"{units.GAP}Mbit/s")


def _number(amount: float | None, unit: str = "") -> str:
    return units.NOTHING if amount is None else f"{units.significant(amount)}{unit}"


def _field(need: Need, key: str) -> str:
    value = getattr(need, key)
    best = value.mid if isinstance(value, Estimate) else value
    return "" if best is None else str(best)
