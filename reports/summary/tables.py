"""The tables of the report: a row for each transport, a column for each measure."""

from collections.abc import Iterable, Sequence

from feed.transport import parsed
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading
from reports.summary import measure_text
from reports.summary.health_checks import Finding
from reports.summary.measures import Measure, of_workload
from reports.summary.summary import Summary, workload

OF_THE_KERNEL = {"tcp_bytes_per_delivery", "ip_bytes_per_delivery", "waste_share"}


def of_measures(caption: str, table: str, summaries: Sequence[Summary]) -> Table:
    """The measures of one table, as far as they mean something in this workload."""
    known = of_workload(workload(summaries)).values()
    measures = [measure for measure in known if measure.table == table]
    rows = (
        (
            Cell(heading(summary.transport)),
            *(cell(summary, measure) for measure in measures),
        )
        for summary in summaries
    )
    return Table(caption, ("", *(_short(m.label) for m in measures)), tuple(rows))


def cell(summary: Summary, measure: Measure) -> Cell:
    """A measure's median and spread; for a browser's page, that it cannot know a kernel's count.

    A dash would leave the reader to guess.
    """
    if measure.key in OF_THE_KERNEL and parsed(summary.transport).in_chromium and summary.rounds:
        return Cell("not known", "for a browser")
    edges = summary.spread(measure.key) or ()
    spread = units.span(*(measure_text.text(measure.key, edge) for edge in edges)) if edges else ""
    return Cell(summary.text(measure.key), spread)


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
