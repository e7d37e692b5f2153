"""The tables of the report: a row for each transport, a column for each measure. Pure."""

from collections.abc import Iterable, Sequence

from feed.transport import parsed
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading
from reports.summary import measure_text
from reports.summary.health import Finding
from reports.summary.measures import Measure, of_workload
from reports.summary.summary import Summary, workload

LATENCY = ("mean", "p50", "p90", "p99", "p999", "max")
KEYS: dict[str, tuple[str, ...]] = {
    "latency": tuple(f"latency_{name}_ns" for name in LATENCY),
    "requests": (
        "requests_per_s",
        "requests_useful",
        "requests_empty",
        "failed_requests",
        "empty_share",
        "missed_slots",
    ),
    "layers": (
        "payload_bytes_per_delivery",
        "message_bytes_per_delivery",
        "protocol_bytes_per_delivery",
        "tcp_bytes_per_delivery",
        "ip_bytes_per_delivery",
        "waste_share",
    ),
    "cpu": ("server_cpu_ns_per_delivery", "generator_cpu_ns_per_delivery", "server_cpu_share"),
    "memory": ("server_rss_bytes_per_client", "generator_rss_bytes_per_client"),
    "deliveries": (
        "expected",
        "delivered",
        "lost",
        "duplicates",
        "out_of_order",
        "late",
        "gaps",
        "received",
    ),
    "generator": (
        "generator_cpu_share",
        "loop_lag_p99_ns",
        "loop_lag_max_ns",
        "request_delay_p99_ns",
        "publish_lag_p99_ns",
        "publish_lag_max_ns",
        "stolen_share",
    ),
}


OF_THE_KERNEL = {"tcp_bytes_per_delivery", "ip_bytes_per_delivery", "waste_share"}


def of_measures(caption: str, section: str, summaries: Sequence[Summary]) -> Table:
    """The measures of one of KEYS, as far as they mean something in this workload."""
    known = of_workload(workload(summaries))
    measures = [known[key] for key in KEYS[section] if key in known]
    rows = (
        (
            Cell(heading(summary.transport)),
            *(_cell(summary, measure) for measure in measures),
        )
        for summary in summaries
    )
    return Table(caption, ("", *(_short(m.label) for m in measures)), tuple(rows))


def _cell(summary: Summary, measure: Measure) -> Cell:
    """What only a kernel counts is told by no browser; a dash would leave the reader to guess."""
    if measure.key in OF_THE_KERNEL and parsed(summary.transport).in_chromium and summary.rounds:
        return Cell("not known", "for a browser")
    return Cell(measure_text.median(summary, measure), measure_text.spread(summary, measure))


def of_trials(summaries: Iterable[Summary]) -> Table:
    """How many trials gave figures, and whether the generator kept up."""
    rows = (
        (
            Cell(heading(summary.transport)),
            Cell(units.count(summary.rounds)),
            Cell(units.count(summary.failed_rounds)),
            Cell(units.flag(summary.generator_healthy)),
        )
        for summary in summaries
    )
    head = ("", "rounds", "failed rounds", "generator healthy")
    return Table("Trials by transport", head, tuple(rows))


def of_findings(found: Sequence[Finding]) -> Table:
    """One row for each check, its subject and a transport; its rounds together."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in found:
        key = (finding.check, finding.subject, finding.transport)
        groups.setdefault(key, []).append(finding)
    head = ("check", "where", "seen", "likely cause", "remedy")
    return Table("Findings", head, tuple(_finding_row(group) for group in groups.values()))


def _finding_row(group: Sequence[Finding]) -> tuple[Cell, ...]:
    first = group[0]
    rounds = ", ".join(str(finding.round) for finding in group)
    name = f"{first.check}: {first.subject}" if first.subject else first.check
    return (
        Cell(f"{name} (sick)" if first.sickens else name),
        Cell(heading(first.transport), f"round {rounds}"),
        Cell(
            "; ".join(dict.fromkeys(finding.seen for finding in group)),
            f"limit {first.limit}" if first.limit else "",
        ),
        Cell(first.cause),
        Cell(first.remedy),
    )


def _short(label: str) -> str:
    return label.removeprefix("latency, ").removeprefix("round trip, ")
