"""A run's numbers as text: for the terminal, a document or another program."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from feed.transport import parsed
from reports.comparison import ratio_table
from reports.formatting import table as lines
from reports.formatting.table import Format
from reports.run_analysis import RunAnalysis
from reports.sections import environment, quantum_2010
from reports.sections.answer import answer
from reports.sections.libraries import libraries
from reports.sections.theory import sentence
from reports.summary import measure_text
from reports.summary.measures import of_workload
from reports.summary.summary import Summary, workload

BRIEF = (
    "latency_p50_ns",
    "latency_p99_ns",
    "requests_per_s",
    "empty_share",
    "ip_bytes_per_delivery",
    "server_cpu_ns_per_delivery",
    "server_rss_bytes_per_client",
    "lost",
)


def show(analysis: RunAnalysis, format: Format) -> str:
    """Every published number of every transport; ends with a line break.

    table, markdown  for people: a row for each number, with units; then what the protocols cost
                     and what their libraries add, where one of them was served by several.
    json  an object for each transport, key → number, true, false or null.
    csv   a row for each transport, the same keys; an empty field for null.

    A run at a server that was not ours ends, for people, with what is not known of it.
    """
    run, summaries = analysis.run, analysis.summaries
    parts = [_FORMATS[format](summaries)]
    if format in _GRIDS:
        parts += [
            f"{each.caption}:\n\n{_GRIDS[format](lines.grid(each))}"
            for each in libraries(run, summaries).tables
        ]
        parts += [f"{sentence}\n" for sentence in environment.sentences(run)]
    return "\n".join(parts)


def brief(analysis: RunAnalysis) -> str:
    """The answer, what theory says of it and a small table: for the end of a run."""
    run, summaries = analysis.run, analysis.summaries
    again = any(parsed(s.transport).is_again for s in summaries)
    itself = [ratio_table.noise(summaries)] if again else []
    served, counted = libraries(run, summaries), quantum_2010.table(run)
    known = of_workload(run.scenario.workload)
    paragraphs = [
        *answer(summaries, analysis.health).sentences,
        *served.sentences,
        *itself,
        sentence(analysis.deviations),
        *environment.sentences(run),
        _table(summaries, [key for key in BRIEF if key in known]),
    ]
    for each in (*served.tables, *([counted] if counted else [])):
        paragraphs.append(f"{each.caption}:\n{lines.aligned(lines.grid(each))}")
    return "\n\n".join(paragraphs)


def _json(summaries: Sequence[Summary]) -> str:
    published = {summary.transport: summary.published() for summary in summaries}
    return msgspec.json.format(msgspec.json.encode(published), indent=2).decode() + "\n"


def _csv(summaries: Sequence[Summary]) -> str:
    out = io.StringIO()
    rows = [{"transport": summary.transport, **summary.published()} for summary in summaries]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows([_field(value) for value in row.values()] for row in rows)
    return out.getvalue()


def _field(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _markdown(summaries: Sequence[Summary]) -> str:
    return lines.markdown(list(_grid(summaries, _every_key(summaries))))


def _table(summaries: Sequence[Summary], keys: Sequence[str] | None = None) -> str:
    return lines.aligned(list(_grid(summaries, keys or _every_key(summaries))))


def _grid(summaries: Sequence[Summary], keys: Sequence[str]) -> Iterator[list[str]]:
    """A head and a row for each key, all of the same length."""
    published = [summary.published() for summary in summaries]
    known = of_workload(workload(summaries))
    yield ["", *(summary.transport for summary in summaries)]
    for key in keys:
        label = known[key].label if key in known else key.replace("_", " ")
        yield [label, *(measure_text.text(key, numbers[key]) for numbers in published)]


def _every_key(summaries: Sequence[Summary]) -> list[str]:
    return ["rounds", "failed_rounds", *of_workload(workload(summaries)), "generator_healthy"]


_FORMATS: Mapping[Format, Callable[[Sequence[Summary]], str]] = {
    "table": _table,
    "json": _json,
    "csv": _csv,
    "markdown": _markdown,
}
_GRIDS: Mapping[Format, Callable[[Sequence[Sequence[str]]], str]] = {
    "table": lines.aligned,
    "markdown": lines.markdown,
}
