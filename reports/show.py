"""A run's numbers as text: for the terminal, a document or another program. Pure."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from loadgen.run import Run
from reports import noise, outside, quantum, shown
from reports.agreement import sentence
from reports.analysis import Summary, summarise
from reports.answer import answer
from reports.deviation import deviations
from reports.forecast import forecasts
from reports.health import examine
from reports.measures import BY_KEY
from reports.tables import Cell, Table
from reports.transports import is_again

Format = Literal["table", "json", "csv", "markdown"]

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


def show(run: Run, format: Format) -> str:
    """Every published number of every transport; ends with a line break.

    table, markdown  for people: a row for each number, with units.
    json  an object for each transport, key → number, true, false or null.
    csv   a row for each transport, the same keys; an empty field for null.

    A run at a server that was not ours ends, for people, with what is not known of it.
    """
    shown = _FORMATS[format](summarise(run))
    said = outside.sentences(run) if format in ("table", "markdown") else ()
    return shown + "".join(f"\n{sentence}\n" for sentence in said)


def brief(run: Run) -> str:
    """The answer, what theory says of it and a small table: for the end of a run."""
    summaries = summarise(run)
    sentences = answer(summaries, examine(run)).sentences
    theory = sentence(deviations(run, forecasts(run)))
    itself = [noise.told(summaries)] if any(is_again(s.transport) for s in summaries) else []
    paragraphs = [*sentences, *itself, theory, *outside.sentences(run), _table(summaries, BRIEF)]
    then = quantum.table(run)
    if then is not None:
        paragraphs.append(f"{then.caption}:\n{_lines(_told(then))}")
    return "\n\n".join(paragraphs)


def _told(table: Table) -> list[list[str]]:
    """Each cell with its spread behind it."""
    rows = ([_cell(cell) for cell in row] for row in table.rows)
    return [list(table.head), *rows]


def _cell(cell: Cell) -> str:
    return f"{cell.text} ({cell.spread})" if cell.spread else cell.text


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
    head, *rows = _grid(summaries, _every_key())
    rule = ["---", *("---:" for _ in summaries)]
    cells = ([cell.replace("|", "\\|") for cell in row] for row in (head, rule, *rows))
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


def _table(summaries: Sequence[Summary], keys: Sequence[str] | None = None) -> str:
    return _lines(list(_grid(summaries, keys or _every_key())))


def _lines(grid: Sequence[Sequence[str]]) -> str:
    """A line for each row, its columns in line: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = (
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in grid
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _grid(summaries: Sequence[Summary], keys: Sequence[str]) -> Iterator[list[str]]:
    """A head and a row for each key, all of the same length."""
    published = [summary.published() for summary in summaries]
    yield ["", *(summary.transport for summary in summaries)]
    for key in keys:
        label = BY_KEY[key].label if key in BY_KEY else key.replace("_", " ")
        yield [label, *(shown.text(key, numbers[key]) for numbers in published)]


def _every_key() -> list[str]:
    return ["rounds", "failed_rounds", *BY_KEY, "generator_healthy"]


_FORMATS: Mapping[Format, Callable[[Sequence[Summary]], str]] = {
    "table": _table,
    "json": _json,
    "csv": _csv,
    "markdown": _markdown,
}
