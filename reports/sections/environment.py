"""What is weaker in a run at a server that ran already: said, never filled in. Pure."""

from collections.abc import Iterator

from loadgen.runfile.figures import Outside
from loadgen.runfile.run import Run
from reports.formatting import units
from reports.formatting.facts import Fact

UNKNOWN = "not known from outside"


def sentences(run: Run) -> tuple[str, ...]:
    """One for each thing that a reader must know; () for a run whose servers were ours."""
    if not run.target:
        return ()
    return tuple(_sentences(run))


def known(rows: tuple[Fact, ...], run: Run) -> tuple[Fact, ...]:
    """The scenario's rows, without those of a feed that was not the scenario's."""
    seen = [trial.figures.outside for trial in run.trials if trial.figures]
    if not any(outside and outside.expected_from == "seq" for outside in seen):
        return rows
    return (*(row for row in rows if not row[0].startswith("feed.")), ("feed", UNKNOWN))


def _sentences(run: Run) -> Iterator[str]:
    yield (
        f"One running server was measured, {run.target}: it was not fresh for each trial, so what "
        "one trial left behind can touch the next."
    )
    figures = [trial.figures for trial in run.trials if trial.figures]
    seen = [each.outside for each in figures if each.outside]
    if any(each.server is None for each in figures):
        yield f"Its CPU time, memory and publish lag are {UNKNOWN}."
    else:
        yield f"Its memory per client is {UNKNOWN}: earlier clients are in it."
    if any(outside.expected_from == "seq" for outside in seen):
        yield (
            "It does not say what it pushes: expected events are counted from the sequence numbers "
            "that each worker’s clients saw, so what all of them lost at an edge of the window "
            "is not counted as lost; payload bytes include JSON’s escapes; theory predicts nothing."
        )
    if seen:
        yield _clock(seen)
        yield "The path to it was not measured: theory takes its transit as 0."


def _clock(seen: list[Outside]) -> str:
    bounds = [outside.clock_bound_ns for outside in seen]
    if any(bound is None for bound in bounds):
        return (
            "It tells no clock to compare: latencies take for granted that its clock and this one "
            "agree."
        )
    largest = max(bound for bound in bounds if bound is not None)
    moved = max((abs(outside.clock_offset_ns) for outside in seen), default=0)
    taken = f"; up to {units.duration(moved)} were taken out" if moved else ""
    return (
        f"Its clock was compared by exchanged stamps, to within {units.duration(largest)}{taken}."
    )
