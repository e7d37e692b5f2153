"""What a run was measured in: a server that ran already, the path to it, and a real browser."""

import statistics
from collections.abc import Iterable, Iterator

from feed.transport import parsed
from loadgen.runfile.figures import Link
from loadgen.runfile.run import Run
from reports.formatting import units
from reports.formatting.facts import Fact
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading
from reports.run_analysis import RunAnalysis
from reports.sections.section import Section, Shown
from reports.summary import tables
from reports.summary.measures import BY_KEY

UNKNOWN = "not known from outside"


def known(rows: tuple[Fact, ...], run: Run) -> tuple[Fact, ...]:
    """The scenario's rows, without those of a feed that was not the scenario's."""
    outside = [trial.figures.outside for trial in run.trials if trial.figures]
    if not any(each and each.expected_from == "seq" for each in outside):
        return rows
    return (*(row for row in rows if not row[0].startswith("feed.")), ("feed", UNKNOWN))


def sentences(run: Run) -> Iterator[str]:
    """One for each thing that a reader must know; none for a run whose servers were ours."""
    if not run.target:
        return
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
    if not outside:
        return
    bounds_ns = [bound for each in outside if (bound := each.clock_bound_ns) is not None]
    if len(bounds_ns) < len(outside):
        yield (
            "It tells no clock to compare: latencies take for granted that its clock and this one "
            "agree."
        )
    else:
        within = units.duration(max(bounds_ns))
        moved_ns = max(abs(each.clock_offset_ns) for each in outside)
        taken = f"; up to {units.duration(moved_ns)} were taken out" if moved_ns else ""
        yield f"Its clock was compared by exchanged stamps, to within {within}{taken}."
    yield "The path to it was not measured: theory takes its transit as 0."


def sections(run: Run) -> Iterator[Section]:
    """A server that was not ours, and the path to it, each where there is something to say."""
    if said := tuple(sentences(run)):
        yield Section("", "A server that ran already", said)
    reading = (
        "Between clients and server, by a bare TCP socket before each trial. Theory takes half the "
        "round trip as one transit."
    )
    if path := table(run):
        yield Section("", "The path", (reading,), tables=(Shown(path),))


def table(run: Run) -> Table | None:
    """By transport, medians over its rounds; None where no path was measured."""
    found: dict[str, list[Link]] = {}
    for trial in run.trials:
        if trial.figures is not None and trial.figures.link is not None:
            found.setdefault(trial.transport, []).append(trial.figures.link)
    rows = tuple(
        (
            Cell(heading(transport)),
            _median(link.rtt.p50_ns for link in links),
            _median(link.connect.p50_ns for link in links),
            _median(link.relay_rtt_ns for link in links if link.relay_rtt_ns is not None),
        )
        for transport, links in found.items()
    )
    head = ("", "round trip", "connect, first answer", "added by the relay itself")
    return Table("The path before each trial", head, rows) if rows else None


def _median(values_ns: Iterable[int]) -> Cell:
    """The median and its spread; what a relay adds has no values without one."""
    ordered = sorted(values_ns)
    if not ordered:
        return Cell("no relay")
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


def browser(analysis: RunAnalysis) -> Iterator[Section]:
    """Which browser it was, how far its clock may be off, and its pages beside our own clients;
    none for a run none of whose clients were pages.
    """
    trials = analysis.run.trials
    pages = [t.figures.browser for t in trials if t.figures and t.figures.browser]
    if not pages:
        return
    versions = ", ".join(dict.fromkeys(each.version for each in pages))
    off = units.duration(max(each.clock_error_ns for each in pages))
    reading = (
        f"Pages in {versions}, each with connections of its own, in turn with our clients. A page "
        f"stamps by its own clock: its latencies may be off by up to {off}. Bytes are what the "
        "browser’s DevTools protocol tells; TCP and IP bytes of its sockets are not known."
    )
    measures = [BY_KEY[key] for key in BROWSER_KEYS]
    by_name = {summary.transport: summary for summary in analysis.summaries}
    pairs = ((parsed(name).served, name) for name in by_name if parsed(name).in_chromium)
    rows = (
        (Cell(heading(name)), *(tables.cell(by_name[name], measure) for measure in measures))
        for pair in pairs
        for name in pair
        if name in by_name
    )
    head = ("", *(measure.label for measure in measures))
    beside = Table("Pages in a browser beside our own clients", head, tuple(rows))
    yield Section("browser", "In a real browser", (reading,), tables=(Shown(beside),))
