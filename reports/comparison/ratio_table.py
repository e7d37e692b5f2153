"""Ratios of each transport to the baseline with their intervals, and how near is no difference."""

from collections.abc import Sequence

from reports.comparison.difference import Difference, practical
from reports.comparison.intervals import NEEDS_ROUNDS
from reports.comparison.ratios import COMPARED, baseline, compare, itself, second_selves
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading, style_of
from reports.formatting.wording import wording
from reports.summary.summary import Summary, workload


def differences(summaries: Sequence[Summary]) -> Table | None:
    """Each transport against the baseline, the baseline's second self among them.

    None where there is nothing to compare.
    """
    base = baseline(summaries)
    others = [s for s in summaries if s is not base and s["received"]]
    if base is None or not others:
        return None
    compared = _compared(summaries)
    rows = tuple(
        (
            Cell(heading(ours.transport)),
            *(cell(compare(ours, base, key, summaries)) for key in compared),
        )
        for ours in others
    )
    return Table(f"Ratios to {style_of(base.transport).name}", ("", *compared.values()), rows)


def noise(summaries: Sequence[Summary]) -> str:
    """What a ratio must be beyond: what the run shows of its own noise, or else the thresholds."""
    pairs = list(second_selves(summaries))
    compared = _compared(summaries)
    if not pairs:
        shares = (f"{name} {units.share(practical(key).share)}" for key, name in compared.items())
        return (
            f"A difference is one only beyond its threshold ({', '.join(shares)}) and beyond what "
            "so few rounds may be off by through chance. This run does not hold a transport "
            "against itself (--null)."
        )
    names = " and ".join(style_of(theirs.transport).name for _, theirs in pairs)
    spans = [
        f"{units.factor(own.low)} to {units.factor(own.high)} for {name}"
        for key, name in compared.items()
        if (own := itself(key, summaries)) is not None
    ]
    if not spans:
        return f"{names} stands against itself in this run, but the comparison {NEEDS_ROUNDS}."
    return (
        f"The same transport against itself ({names}): ratio {', '.join(spans)}. "
        "Nothing smaller is called a difference."
    )


def cell(found: Difference | None) -> Cell:
    """Its ratio, or that it is level, or that the rounds cannot tell; below it the interval."""
    if found is None:
        return Cell(units.NOTHING)
    ratio = units.ratio(found.amount)
    if found.verdict == "cannot tell":
        return Cell("cannot tell", f"{ratio}, {span(found)}")
    return Cell("level" if found.verdict == "no difference" else ratio, span(found))


def span(found: Difference) -> str:
    """The interval of a ratio, "0.98 to 1.31", or what it needs."""
    if found.interval is None:
        return NEEDS_ROUNDS
    return f"{units.factor(found.interval.low)} to {units.factor(found.interval.high)}"


def _compared(summaries: Sequence[Summary]) -> dict[str, str]:
    """key → name of what is compared: protocol bytes only where the kernel counted no others."""
    counted = any(summary["ip_bytes_per_delivery"] is not None for summary in summaries)
    unused = "protocol_bytes_per_delivery" if counted else "ip_bytes_per_delivery"
    found = {key: name for key, name in COMPARED.items() if key != unused}
    return found | {"latency_p50_ns": wording(workload(summaries)).latency}
