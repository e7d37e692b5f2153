"""Two runs side by side in words: sentences, tables and sections, alike in text and on a page."""

from collections.abc import Iterator, Sequence

from reports.comparison import limits as limit_checks
from reports.comparison.compatibility import Differing
from reports.comparison.difference import Difference
from reports.comparison.intervals import MIN_ROUNDS
from reports.comparison.limits import Checked
from reports.comparison.two_runs import Line, Pair, TwoRuns
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading, style_of
from reports.sections.section import Section, Shown
from reports.summary import measure_text, tables

HEAD = ("", "old", "new", "change", "95 % interval", "threshold", "verdict")
NO_DIFFERENCE = "no difference"
NOT_JUDGED = "not judged"


def sentences(compared: TwoRuns) -> tuple[str, ...]:
    """The answer, and how the rounds were compared."""
    return (_answer(compared), *_grounds(compared))


def cautions(compared: TwoRuns) -> tuple[str, ...]:
    """What stands against taking a change as one."""
    return tuple(_cautions(compared))


def sections(compared: TwoRuns, limits: Sequence[Checked]) -> tuple[Section, ...]:
    """All that the page has below its answer."""
    found = findings(compared)
    checked = "What the checks found in either run."
    if found is None:
        checked = "No check found anything in either run."
    shown = (
        _section(
            "limits",
            "Limits",
            "A limit is broken where the number itself is beyond it, or where there is none to "
            "check.",
            limit_checks.table(limits),
            "prose",
        ),
        _section(
            "changes",
            "What changed",
            "New ÷ old where that says something, else the difference. A change is one only where "
            "its interval leaves “as before” out and it is beyond the threshold; there is no "
            "difference where the whole interval is within what matters; else the rounds cannot "
            "tell.",
            changes(compared),
        ),
        _section(
            "circumstances",
            "What differs around them",
            "Of scenario, machine and libraries: it may be the reason of a change.",
            circumstances(compared),
            "prose",
        ),
    )
    return (
        *filter(None, shown),
        Section(
            "numbers",
            "Every number",
            ("Medians over the rounds. Not judged: how the load generator itself fared.",),
            parts=tuple(
                Section("", each.caption, tables=(Shown(each),)) for each in of_pairs(compared)
            ),
        ),
        Section(
            "health",
            "Can these figures be believed?",
            (checked,),
            tables=(Shown(found, kind="prose"),) if found else (),
        ),
        Section("repeat", "Repeat them", command=f"{compared.old.command}\n{compared.new.command}"),
    )


def _section(
    key: str, heading: str, reading: str, table: Table | None, kind: str = "figures"
) -> Section | None:
    """None without a table."""
    return Section(key, heading, (reading,), tables=(Shown(table, kind=kind),)) if table else None


def changes(compared: TwoRuns) -> Table | None:
    """Every change, with its transport in the first column; None without any."""
    rows = tuple(
        (Cell(f"{heading(pair.transport)}, {line.measure.label}"), *_row(pair, line)[1:])
        for pair, line in compared.changed
    )
    return Table("What changed", HEAD, rows) if rows else None


def of_pairs(compared: TwoRuns) -> tuple[Table, ...]:
    """Every number, a table for each transport."""
    return tuple(
        Table(heading(pair.transport), HEAD, tuple(_row(pair, line) for line in pair.lines))
        for pair in compared.pairs
    )


def circumstances(compared: TwoRuns) -> Table | None:
    """What else differs and may be the reason; None where nothing does."""
    rows = tuple(_differing(each) for each in (*compared.differs, *compared.circumstances))
    return Table("What differs around them", ("", "old", "new"), rows) if rows else None


def findings(compared: TwoRuns) -> Table | None:
    """What the health checks found, in the old run and in the new one; None without any."""
    rows = tuple(
        (Cell(name), *row[:3])
        for name, found in zip(("old", "new"), compared.findings, strict=True)
        for row in tables.of_findings(found).rows
    )
    return Table("Health findings", ("run", "check", "where", "seen"), rows) if rows else None


def _answer(compared: TwoRuns) -> str:
    total = len(compared.judged)
    if not total:
        return "There is nothing to compare: the runs have no number of a transport in common."
    unclear = f"; of {compared.unclear} the rounds cannot tell" if compared.unclear else ""
    if not compared.changed:
        of = f"{len(compared.pairs)} transport{'s' if len(compared.pairs) > 1 else ''}"
        shown = " is shown" if unclear else ""
        return f"No difference{shown} in any of {total} numbers of {of}{unclear}."
    changed = ", ".join(
        f"{len(pair.changed)} of {style_of(pair.transport).name}"
        for pair in compared.pairs
        if pair.changed
    )
    return f"{len(compared.changed)} of {total} numbers changed: {changed}{unclear}."


def _grounds(compared: TwoRuns) -> Iterator[str]:
    if not compared.judged:
        return
    if compared.paired:
        yield "Both runs drew the same feed, so each round is held against its twin."
    else:
        yield "The runs drew different feeds, so the medians of their rounds are compared."
    few = compared.fewest_rounds
    if few < MIN_ROUNDS:
        yield (
            f"{'One round' if few == 1 else f'{few} rounds'} cannot tell a change from chance: "
            f"below {MIN_ROUNDS} rounds there is no interval, and only twice as much, or half, "
            "is called a change."
        )


def _cautions(compared: TwoRuns) -> Iterator[str]:
    for pair in compared.pairs:
        if pair.sick:
            runs = " and the ".join(pair.sick)
            yield (
                f"The load generator was sick in {style_of(pair.transport).name} of the {runs} "
                "run: what changed there may be the generator and not the transport."
            )
    for run, names in (("old", compared.only_old), ("new", compared.only_new)):
        if names:
            yield f"Only in the {run} run: {', '.join(style_of(name).name for name in names)}."
    if compared.differs:
        differences = ", ".join(map(str, compared.differs))
        yield f"The runs are not alike: {differences}."


def _row(pair: Pair, line: Line) -> tuple[Cell, ...]:
    key, found = line.measure.key, line.change
    ends = (measure_text.text(key, value) for value in (line.old, line.new))
    if found is None:
        missing = line.old is None or line.new is None
        unknown = (Cell(units.NOTHING),) * 3
        return (
            Cell(line.measure.label),
            *map(Cell, ends),
            *unknown,
            Cell(units.NOTHING if missing else NOT_JUDGED),
        )
    mark = "changed" if line.changed else ""
    return (
        Cell(line.measure.label),
        *map(Cell, ends),
        Cell(size(key, found), _apart(line), mark),
        Cell(_interval(key, found)),
        Cell(_threshold(key, found)),
        Cell(found.verdict, "sick" if line.changed and pair.sick else "", mark),
    )


def size(key: str, found: Difference) -> str:
    """The change itself: "1.30×", or with a sign where it is a difference."""
    if found.by == "difference":
        return measure_text.signed(key, found.amount)
    return f"{units.factor(found.amount)}×"


def _apart(line: Line) -> str:
    """The same as a difference, for a change that is a ratio."""
    if not line.changed or line.change is None or line.change.by == "difference":
        return ""
    return measure_text.signed(line.measure.key, (line.new or 0) - (line.old or 0))


def _interval(key: str, found: Difference) -> str:
    if found.interval is None:
        return f"needs {MIN_ROUNDS} rounds"
    edges = (found.interval.low, found.interval.high)
    if found.by == "difference":
        return " to ".join(measure_text.signed(key, edge) for edge in edges)
    return " to ".join(units.factor(edge) for edge in edges)


def _threshold(key: str, found: Difference) -> str:
    if found.by == "difference":
        return f"±{units.GAP}{measure_text.signed(key, found.threshold).lstrip('+')}"
    return f"{units.factor(found.threshold)}×"


def _differing(each: Differing) -> tuple[Cell, ...]:
    return Cell(each.key), Cell(each.old), Cell(each.new)
