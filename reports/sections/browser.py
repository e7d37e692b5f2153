"""What pages in a browser received, each transport beside the same one by our own clients. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loadgen.runfile.run import Run
from reports.formatting import units
from reports.formatting.transport_style import first_name, heading, is_page
from reports.summary import measure_text
from reports.summary.measures import BY_KEY
from reports.summary.summary import Summary
from reports.summary.tables import Cell, Table

KEYS = (
    "requests_per_s",
    "empty_share",
    "protocol_bytes_per_delivery",
    "latency_p50_ns",
    "latency_p99_ns",
    "request_delay_p99_ns",
)


@dataclass(frozen=True)
class Browser:
    """reading: which browser it was, and how far its clock may be off. table: None without one."""

    reading: str
    table: Table | None


def browser(run: Run, summaries: Sequence[Summary]) -> Browser:
    """Of a run some of whose clients were pages."""
    told = [t.figures.browser for t in run.trials if t.figures and t.figures.browser]
    if not told:
        return Browser("", None)
    versions = ", ".join(dict.fromkeys(each.version for each in told))
    off = units.duration(max(each.clock_error_ns for each in told))
    reading = (
        f"Pages in {versions}, each with connections of its own, in turn with our clients. A page "
        f"stamps by its own clock: its latencies may be off by up to {off}. Bytes are what the "
        "browser’s DevTools protocol tells; TCP and IP bytes of its sockets are not known."
    )
    return Browser(reading, _table(summaries))


def _table(summaries: Sequence[Summary]) -> Table:
    by_name = {summary.transport: summary for summary in summaries}
    pages = [summary for summary in summaries if is_page(summary.transport)]
    pairs = ((by_name.get(first_name(page.transport)), page) for page in pages)
    rows = tuple(_row(each) for pair in pairs for each in pair if each is not None)
    head = ("", *(BY_KEY[key].label for key in KEYS))
    return Table("Pages in a browser beside our own clients", head, rows)


def _row(summary: Summary) -> tuple[Cell, ...]:
    measures = (BY_KEY[key] for key in KEYS)
    cells: Iterable[Cell] = (
        Cell(measure_text.median(summary, each), measure_text.spread(summary, each))
        for each in measures
    )
    return (Cell(heading(summary.transport)), *cells)
