"""Two runs side by side as text: for the terminal, a pull request or another program."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from loadgen.runfile.run import Run
from reports.comparison import limits as limit_checks
from reports.comparison.difference import Difference
from reports.comparison.limits import Checked
from reports.comparison.two_runs import Line, Pair, TwoRuns
from reports.formatting import table as lines
from reports.formatting.table import Table
from reports.render import two_runs

TextFormat = Literal["table", "markdown", "json"]


def text(compared: TwoRuns, limits: Sequence[Checked], format: TextFormat) -> str:
    """All that there is to say; ends with a line break.

    table     for a terminal: the answer, what changed, then every number.
    markdown  for a pull request: the same, every number folded away.
    json      documented in docs/reference/compare.md.
    """
    return _FORMATS[format](compared, limits)


def _table(compared: TwoRuns, limits: Sequence[Checked]) -> str:
    paragraphs = ["\n".join((*two_runs.cautions(compared), *two_runs.sentences(compared))) + "\n"]
    for table in (*_short(compared, limits), *two_runs.of_pairs(compared)):
        paragraphs.append(f"{table.caption}\n{lines.aligned(lines.grid(table))}")
    return "\n".join(paragraphs)


def _markdown(compared: TwoRuns, limits: Sequence[Checked]) -> str:
    return "\n".join(_markdown_parts(compared, limits))


def _markdown_parts(compared: TwoRuns, limits: Sequence[Checked]) -> Iterator[str]:
    answer, *grounds = two_runs.sentences(compared)
    yield f"### pushbench: {compared.new.scenario.name}\n"
    yield f"**{answer}** {' '.join(grounds)}\n"
    for sentence in two_runs.cautions(compared):
        yield f"> {sentence}\n"
    for table in _short(compared, limits):
        yield f"#### {table.caption}\n\n{lines.markdown(lines.grid(table))}"
    yield "<details><summary>Every number</summary>\n"
    for table in two_runs.of_pairs(compared):
        yield f"#### {table.caption}\n\n{lines.markdown(lines.grid(table))}"
    yield "</details>\n"


def _short(compared: TwoRuns, limits: Sequence[Checked]) -> Iterator[Table]:
    """What is read first."""
    parts = (limit_checks.table(limits), two_runs.changes(compared), two_runs.findings(compared))
    yield from (table for table in (*parts, two_runs.circumstances(compared)) if table is not None)


def _json(compared: TwoRuns, limits: Sequence[Checked]) -> str:
    said = {
        "old": _run(compared.old),
        "new": _run(compared.new),
        "paired": compared.paired,
        "judged": len(compared.judged),
        "changed": len(compared.changed),
        "differs": compared.differs,
        "circumstances": compared.circumstances,
        "only_old": compared.only_old,
        "only_new": compared.only_new,
        "transports": {pair.transport: _pair(pair) for pair in compared.pairs},
        "limits": [_limit(one) for one in limits],
        "findings": dict(zip(("old", "new"), compared.findings, strict=True)),
    }
    return msgspec.json.format(msgspec.json.encode(said), indent=2).decode() + "\n"


def _run(run: Run) -> dict[str, Any]:
    return {
        "scenario": run.scenario.name,
        "started_at": run.started_at,
        "command": run.command,
        "host": run.machine.host,
        "pushbench": run.pushbench,
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "sick": pair.sick,
        "old_rounds": pair.old.rounds,
        "new_rounds": pair.new.rounds,
        "measures": {line.measure.key: _line(line) for line in pair.lines},
    }


def _line(line: Line) -> dict[str, Any]:
    change = None if line.change is None else _change(line.change)
    return {"old": line.old, "new": line.new, "change": change}


def _change(found: Difference) -> dict[str, Any]:
    low, high = (found.interval.low, found.interval.high) if found.interval else (None, None)
    return {
        "by": found.by,
        "amount": found.amount,
        "low": low,
        "high": high,
        "threshold": found.threshold,
        "rounds": found.rounds,
        "verdict": found.verdict,
    }


def _limit(one: Checked) -> dict[str, Any]:
    return {
        "limit": one.limit.text,
        "broken": one.broken,
        "sick": one.doubtful,
        "told": one.text,
    }


_FORMATS: Mapping[TextFormat, Callable[[TwoRuns, Sequence[Checked]], str]] = {
    "table": _table,
    "markdown": _markdown,
    "json": _json,
}
