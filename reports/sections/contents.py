"""A report's sections in the order in which they are read; what a run has nothing for is absent."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from reports.charts import crossover_chart, time_chart
from reports.charts.time_series import over_time
from reports.comparison import limits
from reports.comparison.ratio_table import differences, noise
from reports.formatting.facts import Fact, facts
from reports.planning.crossover_from_theory import crossovers
from reports.run_analysis import RunAnalysis
from reports.sections import environment, handshake_cost, quantum_2010
from reports.sections.libraries import libraries
from reports.sections.measured import measured
from reports.sections.section import FIGURES, Listing, Section, Shown
from reports.sections.theory import agreement
from reports.summary import tables
from reports.summary.measures import of_workload


def contents(analysis: RunAnalysis) -> tuple[Section, ...]:
    """All of them but for the answer and what to use, which stand before the list of contents."""
    return tuple(section for of in _SECTIONS for section in of(analysis))


def _limits(analysis: RunAnalysis) -> Iterator[Section]:
    reading = (
        "What the scenario file allows at most. A limit is broken where the median over the rounds "
        "is beyond it, or where there is no number to check."
    )
    if table := limits.table(analysis.limits):
        yield Section("limits", "Limits", (reading,), tables=(Shown(table, kind="prose"),))


def _measured(analysis: RunAnalysis) -> Iterator[Section]:
    latency, *prices = measured(analysis)
    parts = (*prices, *handshake_cost.sections(analysis.summaries))
    yield replace(latency, short="How old")
    yield Section("paid", "What did I pay for them?", parts=parts, short="At what price")


def _crossover(analysis: RunAnalysis) -> Iterator[Section]:
    found = crossovers(analysis.run, analysis.summaries, analysis.forecasts)
    if not (found.lines or found.missing):
        return
    drawn = Section(
        "flip",
        "Where does the answer flip?",
        picture=crossover_chart.picture(found),
        short="Where it flips",
    )
    note = (
        "Lines: what theory expects of a random feed with this run’s clients, payload, interval "
        "and link, in IP packets on a network with an MTU of 1,500. Dots: what this run measured. "
        "Dashed: where polling becomes the cheaper."
    )
    said, table = (" ".join(found.sentences),), (Shown(found.table, FIGURES),)
    yield replace(drawn, sentences=said, tables=table, notes=(note,)) if found.lines else drawn


def _differences(analysis: RunAnalysis) -> Iterator[Section]:
    table = differences(analysis.summaries)
    if table is None:
        return
    reading = (
        f"{table.caption}, paired by round, and below each the 95 % interval of its "
        "median. Level: all of it is within what matters; cannot tell: neither that nor clear of 1."
    )
    yield Section(
        "differences",
        "How sure are the differences?",
        (reading,),
        tables=(Shown(table),),
        notes=(noise(analysis.summaries),),
    )


def _libraries(analysis: RunAnalysis) -> Iterator[Section]:
    found = libraries(analysis.run, analysis.summaries)
    rule = (
        "A protocol cannot cost more than with its cheapest library; what another takes beyond "
        "that is the library’s."
    )
    if shown := tuple(map(Shown, found.tables)):
        sentences = (*found.sentences, rule)
        yield Section("libraries", "Protocol or library?", sentences, tables=shown)


def _over_time(analysis: RunAnalysis) -> Iterator[Section]:
    found = over_time(analysis.run)
    if not found.charts:
        return
    reading = (
        f"Round {found.round}, in which all transports had the same {analysis.words.several}, "
        "step by step and on one scale. A sound trial shows the feed’s own rhythm and nothing else."
    )
    strips = tuple(
        Section(
            "", each.title, picture=time_chart.picture(each), tables=(Shown(each.table, FIGURES),)
        )
        for each in found.charts
    )
    heading = "Did anything change over time?"
    yield Section("time", heading, (reading,), parts=strips, short="Over time")


def _theory(analysis: RunAnalysis) -> Iterator[Section]:
    found = agreement(analysis.deviations, analysis.forecasts)
    yield Section(
        "theory",
        "Does theory agree?",
        (f"{found.sentence} {analysis.words.theory}",),
        tables=tuple(Shown(each, f"{each.caption}, figure by figure") for each in found.tables),
        notes=found.notes,
        short="Theory",
    )


def _health(analysis: RunAnalysis) -> Iterator[Section]:
    summaries, deliveries = analysis.summaries, analysis.words.deliveries.capitalize()
    generator = tables.of_measures("Load generator", "generator", summaries)
    delivered = tables.of_measures(deliveries, "deliveries", summaries)
    found = Section("", "", ("No check found anything.",))
    if analysis.findings:
        table = tables.of_findings(analysis.findings)
        found = Section("", "Findings", tables=(Shown(table, kind="prose findings"),))
    yield Section(
        "health",
        "Was the load generator healthy?",
        ("A load generator that cannot keep up measures itself. These are its own figures.",),
        tables=(
            Shown(tables.of_trials(summaries)),
            Shown(generator, "The generator’s own figures"),
            Shown(delivered, f"{deliveries}, lost, late and twice"),
        ),
        parts=(found,),
        short="Generator",
    )


def _how(analysis: RunAnalysis) -> Iterator[Section]:
    run, machine = analysis.run, analysis.run.machine
    reading = (
        f"{run.scenario.clients.count} clients over sockets of their own; each trial with a server "
        "and workers of its own, the transports in random order in each round; latency counts from "
        f"the instant at which each {analysis.words.each} was planned. To repeat it:"
    )
    scenario = _listed("Every key and its value", environment.known(facts(run.scenario), run))
    recorded = _listed("Everything that was recorded, with versions", facts(machine))
    processor = (
        f"{machine.processor or 'An unknown processor'}, {machine.cores} cores, {machine.system}.",
    )
    meanings = Listing(
        "Every number of this page and of its run file",
        tuple((m.label, m.key, m.meaning) for m in of_workload(run.scenario.workload).values()),
        "meaning",
    )
    yield Section(
        "measured",
        "How was this measured?",
        (reading,),
        command=run.command,
        parts=(
            *environment.sections(run),
            Section("scenario", "The scenario", listing=scenario),
            Section("machine", "The machine", processor, listing=recorded),
            Section("meaning", "What each number means", listing=meanings),
        ),
        short="How measured",
    )


def _listed(fold: str, rows: tuple[Fact, ...]) -> Listing:
    return Listing(fold, tuple((name, "", value) for name, value in rows))


_SECTIONS: tuple[Callable[[RunAnalysis], Iterable[Section]], ...] = (
    _limits,
    _measured,
    _crossover,
    quantum_2010.sections,
    _differences,
    _libraries,
    environment.browser,
    _over_time,
    _theory,
    _health,
    _how,
)
