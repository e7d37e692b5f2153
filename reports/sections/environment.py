"""What a run was measured in: a server that ran already, the path to it, and a real browser."""

import statistics
from collections.abc import Iterable, Iterator, Sequence

from feed.transport import parsed
from loadgen.runfile.figures import Link, Outside
from loadgen.runfile.run import Run
from reports.formatting import units
from reports.formatting.facts import Fact
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading
from reports.run_analysis import RunAnalysis
from reports.sections.section import Section, Shown
from reports.summary import measure_text
from reports.summary.measures import BY_KEY
from reports.summary.summary import Summary

UNKNOWN = "not known from outside"


def sentences(run: Run) -> tuple[str, ...]:
    """One for each thing that a reader must know; () for a run whose servers were ours."""
    if not run.target:
        return ()
    return tuple(_sentences(run))


def known(rows: tuple[Fact, ...], run: Run) -> tuple[Fact, ...]:
    """The scenario's rows, without those of a feed that was not the scenario's."""
    outside = [trial.figures.outside for trial in run.trials if trial.figures]
    if not any(each and each.expected_from == "seq" for each in outside):
        return rows
    return (*(row for row in rows if not row[0].startswith("feed.")), ("feed", UNKNOWN))


def _sentences(run: Run) -> Iterator[str]:
    yield (
        f"One running server was measured, {run.target}: it was not fresh for each trial, so what "
        "one trial left behind can touch the next."
    )
    figures = [trial.figures for trial in run.trials if trial.figures]
    outside = [each.outside for each in figures if each.outside]
    if any(each.server is None for each in figures):
        yield f"Its CPU time, memory and publish lag are {UNKNOWN}."
    else:
        yield f"Its memory per client is {UNKNOWN}: earlier clients are in it."
    if any(each.expected_from == "seq" for each in outside):
        yield (
            "It does not say what it pushes: expected events are counted from the sequence numbers "
            "that each worker’s clients saw, so what all of them lost at an edge of the window "
            "is not counted as lost; payload bytes include JSON’s escapes; theory predicts nothing."
        )
    if outside:
        yield _clock(outside)
        yield "The path to it was not measured: theory takes its transit as 0."


def _clock(outside: list[Outside]) -> str:
    bounds = [each.clock_bound_ns for each in outside]
    if any(bound is None for bound in bounds):
        return (
            "It tells no clock to compare: latencies take for granted that its clock and this one "
            "agree."
        )
    largest = max(bound for bound in bounds if bound is not None)
    moved = max((abs(each.clock_offset_ns) for each in outside), default=0)
    taken = f"; up to {units.duration(moved)} were taken out" if moved else ""
    return (
        f"Its clock was compared by exchanged stamps, to within {units.duration(largest)}{taken}."
    )


def sections(run: Run) -> tuple[Section, ...]:
    """A server that was not ours, and the path to it, each where there is something to say."""
    said, path = sentences(run), table(run)
    outside = Section("", "A server that ran already", said)
    reading = (
        "Between clients and server, by a bare TCP socket before each trial. Theory takes half the "
        "round trip as one transit."
    )
    link = Section("", "The path", (reading,), tables=(Shown(path),)) if path else None
    return (*([outside] if said else []), *([link] if link else []))


HEAD = ("", "round trip", "connect, first answer", "added by the relay itself")


def table(run: Run) -> Table | None:
    """By transport, medians over its rounds; None where no path was measured."""
    found: dict[str, list[Link]] = {}
    for trial in run.trials:
        if trial.figures is not None and trial.figures.link is not None:
            found.setdefault(trial.transport, []).append(trial.figures.link)
    if not found:
        return None
    return Table("The path before each trial", HEAD, tuple(map(_row, found, found.values())))


def _row(transport: str, links: list[Link]) -> tuple[Cell, ...]:
    added = [link.relay_rtt_ns for link in links if link.relay_rtt_ns is not None]
    return (
        Cell(heading(transport)),
        _median(link.rtt.p50_ns for link in links),
        _median(link.connect.p50_ns for link in links),
        _median(added) if added else Cell("no relay"),
    )


def _median(values_ns: Iterable[int]) -> Cell:
    ordered = sorted(values_ns)
    spread = units.span(units.duration(ordered[0]), units.duration(ordered[-1]))
    return Cell(units.duration(statistics.median(ordered)), spread)


BROWSER_KEYS = (
    "requests_per_s",
    "empty_share",
    "protocol_bytes_per_delivery",
    "latency_p50_ns",
    "latency_p99_ns",
    "request_delay_p99_ns",
)


def browser(analysis: RunAnalysis) -> tuple[Section, ...]:
    """Which browser it was, how far its clock may be off, and its pages beside our own clients; ()
    for a run none of whose clients were pages.
    """
    trials = analysis.run.trials
    pages = [t.figures.browser for t in trials if t.figures and t.figures.browser]
    if not pages:
        return ()
    versions = ", ".join(dict.fromkeys(each.version for each in pages))
    off = units.duration(max(each.clock_error_ns for each in pages))
    reading = (
        f"Pages in {versions}, each with connections of its own, in turn with our clients. A page "
        f"stamps by its own clock: its latencies may be off by up to {off}. Bytes are what the "
        "browser’s DevTools protocol tells; TCP and IP bytes of its sockets are not known."
    )
    beside = (Shown(_table(analysis.summaries)),)
    return (Section("browser", "In a real browser", (reading,), tables=beside),)


def _table(summaries: Sequence[Summary]) -> Table:
    by_name = {summary.transport: summary for summary in summaries}
    pages = [summary for summary in summaries if parsed(summary.transport).in_chromium]
    pairs = ((by_name.get(parsed(page.transport).served), page) for page in pages)
    rows = tuple(_page_row(each) for pair in pairs for each in pair if each is not None)
    head = ("", *(BY_KEY[key].label for key in BROWSER_KEYS))
    return Table("Pages in a browser beside our own clients", head, rows)


def _page_row(summary: Summary) -> tuple[Cell, ...]:
    measures = (BY_KEY[key] for key in BROWSER_KEYS)
    cells: Iterable[Cell] = (
        Cell(measure_text.median(summary, each), measure_text.spread(summary, each))
        for each in measures
    )
    return (Cell(heading(summary.transport)), *cells)
