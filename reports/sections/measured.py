"""The measured sections and the cards: latency, requests, bytes, CPU time and memory."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from feed.transport import parsed
from loadgen.runfile.run import Run
from reports.charts.pictures import pictures
from reports.formatting import units
from reports.formatting.transport_style import heading, style_of
from reports.formatting.wording import wording
from reports.run_analysis import RunAnalysis
from reports.sections.section import FIGURES, Section, Shown
from reports.summary import tables
from reports.summary.formulas import sent_requests, server_cpu_ns
from reports.summary.measures import MEASURES, of_workload
from reports.summary.summary import Summary, workload
from reports.theory.forecast import Forecasts, medians


@dataclass(frozen=True)
class Card:
    """A transport's big figures, each as text and with what it counts.

    state  "sick", "failed" or "not measured"; "" for a sound one.
    """

    name: str
    colour: str
    state: str
    figures: tuple[tuple[str, str], ...]


def measured(analysis: RunAnalysis) -> Iterator[Section]:
    """The measured sections in the order in which they are read."""
    run, summaries, made = analysis.run, analysis.summaries, analysis.forecasts
    drawn = pictures(run, summaries, made)
    notes = {"latency": _hidden(summaries), "layers": _packets(run, made), "cpu": idle_polls(run)}
    for key, (question, reading) in analysis.words.sections.items():
        table, picture = tables.of_measures(question, key, summaries), drawn[key]
        shown = Shown(table, FIGURES, open=key == "latency" or not picture.wide)
        noted = tuple(filter(None, [notes.get(key)]))
        yield Section(key, question, (reading,), picture=picture, tables=(shown,), notes=noted)


def _hidden(summaries: Sequence[Summary]) -> str:
    """What the dashes among the percentiles mean."""
    keys = [measure.key for measure in MEASURES if measure.table == "latency"]
    delivered = [summary for summary in summaries if summary["latency_max_ns"] is not None]
    if all(summary[key] is not None for summary in delivered for key in keys):
        return ""
    return (
        f"– stands where fewer than ten {wording(workload(summaries)).deliveries} of a trial lie "
        "beyond the percentile, so that a few of them would decide it."
    )


def _packets(run: Run, made: Forecasts) -> str:
    """Which network the segments were counted on, and what an ordinary one would carry."""
    network = run.machine.network or "an unknown network"
    known = medians(made, "ip_bytes_at_1500")
    several = ", where one carries what a network sends as several"
    counted = f"Segments were counted on {network}{several if network == 'loopback' else ''}."
    if not known:
        return counted
    computed = ", ".join(
        f"{style_of(name).name} {units.size(value)}"
        for name, value in known.items()
        if not parsed(name).is_again
    )
    return (
        f"{counted} Computed from the sizes of the messages, for an MTU of 1,500: {computed} per "
        f"{wording(run.scenario.workload).each}."
    )


def cards(summaries: Sequence[Summary]) -> tuple[Card, ...]:
    """One for each transport, but for a second self."""
    return tuple(_card(summary) for summary in summaries if not parsed(summary.transport).is_again)


def _card(summary: Summary) -> Card:
    words, known = wording(summary.workload), of_workload(summary.workload)

    def figure(key: str, label: str = "") -> tuple[str, str]:
        return summary.text(key), label or known[key].label

    if summary["requests_per_s"] == 0:
        requests = "0", "requests once connected"
    elif "empty_share" in known:
        requests = figure("empty_share", "of requests for nothing")
    else:
        requests = figure("requests_per_s", "requests, all clients together")
    if summary.rounds:
        state = "" if summary.generator_healthy else "sick"
    else:
        state = "failed" if summary.failed_rounds else "not measured"
    latency = figure("latency_p50_ns", words.at_median)
    costs = figure("ip_bytes_per_delivery"), figure("server_cpu_ns_per_delivery")
    style = style_of(summary.transport)
    return Card(heading(summary.transport), style.colour, state, (latency, requests, *costs))


MIN_IDLE_FACTOR = 1.25  # times what a poll costs a server that is never idle: noise is less


def idle_polls(run: Run) -> str:
    """What a poll costs a server that was idle before it, and one that never is, for each transport
    whose polls came one by one; "" where the two hardly differ.
    """
    # By transport and trial, CPU time of a poll in ns: in the window, and of a never idle server.
    costs: dict[str, list[tuple[float, float]]] = {trial.transport: [] for trial in run.trials}
    for trial in run.trials:
        name, figures = parsed(trial.transport), trial.figures
        busy = figures and figures.exchange and figures.exchange.busy
        if figures and busy and busy.polls and name.is_plain and name.polls_on_grid:
            spent_ns, polls = server_cpu_ns(figures), sent_requests(figures)
            if spent_ns and polls:
                costs[trial.transport].append((spent_ns / polls, busy.cpu_ns / busy.polls))
    sentences = []
    for transport, pairs in costs.items():
        if not pairs:
            continue
        here_ns, busy_ns = (statistics.median(side) for side in zip(*pairs, strict=True))
        if here_ns >= MIN_IDLE_FACTOR * busy_ns:
            sentences.append(
                f"{heading(transport)}: a poll cost the server {units.duration(here_ns)} of CPU "
                f"time, as it was idle between two of them, and {units.duration(busy_ns)} right "
                "afterwards, when it never was: with more clients a poll costs less."
            )
    return " ".join(sentences)
