"""What stands against taking a run's figures as fact, in sentences. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from reports.formatting import units
from reports.formatting.transport_style import look
from reports.formatting.wording import wording
from reports.summary.health import Finding
from reports.summary.summary import Summary

SICK = "Measured by a sick generator, and so no fact: "


def cautions(summaries: Sequence[Summary], found: Iterable[Finding]) -> tuple[str, ...]:
    """Sick trials, failed ones, undelivered events, and what there is nothing to compare with."""
    findings = tuple(found)
    return (
        *(text for summary in summaries for text in _of(summary, findings)),
        *_missing(summaries),
    )


def _of(summary: Summary, findings: Sequence[Finding]) -> Iterator[str]:
    name = look(summary.transport).name
    if summary.rounds + summary.failed_rounds == 0:
        yield f"There is no trial of {name} in this run."
    if summary.failed_rounds:
        yield _failed(name, summary)
    sick = [f for f in findings if f.sickens and f.transport == summary.transport]
    if sick:
        yield _sick(name, sick)
    yield from _undelivered(name, summary)


def _failed(name: str, summary: Summary) -> str:
    reason = next(iter(summary.failures.values())).rstrip(". ")
    tried = summary.rounds + summary.failed_rounds
    if summary.rounds:
        return f"{summary.failed_rounds} of {tried} trials of {name} failed: {reason}."
    return f"There are no figures for {name}, as every trial failed: {reason}."


def _sick(name: str, sick: Sequence[Finding]) -> str:
    rounds = sorted({finding.round for finding in sick})
    first = sick[0]
    where = f"round{'s' if len(rounds) > 1 else ''} {', '.join(map(str, rounds))}"
    return (
        f"The load generator was sick in {name}, {where}: {first.check} {first.seen}, "
        f"the limit is {first.limit}. The figures of {name} are no facts."
    )


def _undelivered(name: str, summary: Summary) -> Iterator[str]:
    if not summary.rounds:
        return
    each = wording(summary.workload).each
    if not summary["expected"] and not summary["received"]:
        yield f"No {each} was due in the window of {name}, so it has nothing to show."
    elif not summary["received"]:
        yield f"No {each} arrived over {name}; {units.count(summary['expected'])} were expected."
    elif (lost := summary.spread("lost")) and lost[1] > 0:
        expected = units.count(summary["expected"])
        yield f"Up to {units.count(lost[1])} of {expected} {each}s were lost over {name}."


def _missing(summaries: Sequence[Summary]) -> Iterator[str]:
    measured = [summary for summary in summaries if summary["received"]]
    if not measured:
        yield "Nothing was delivered in this run, so it cannot answer the question."
    elif not any(look(summary.transport).pushes for summary in measured):
        asking = wording(measured[0].workload).asking
        yield f"No pushing transport has figures, so there is nothing to hold {asking} against."
    elif all(look(summary.transport).pushes for summary in measured):
        yield wording(measured[0].workload).nothing_asked
