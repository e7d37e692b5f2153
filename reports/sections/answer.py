"""The answer first: what polling wasted in this run, and where it was the better choice. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from feed.transport import parsed
from reports.comparison import noise_floor
from reports.comparison.intervals import MIN_ROUNDS
from reports.comparison.noise_floor import Floor, floor
from reports.comparison.ratios import Comparison, baseline, by_our_clients, compare, one_of_each
from reports.formatting import units
from reports.formatting.transport_style import heading, look
from reports.formatting.wording import wording
from reports.summary.health import Finding
from reports.summary.summary import Summary, paired_ratio

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
    elif not any(parsed(summary.transport).pushes for summary in measured):
        asking = wording(measured[0].workload).asking
        yield f"No pushing transport has figures, so there is nothing to hold {asking} against."
    elif all(parsed(summary.transport).pushes for summary in measured):
        yield wording(measured[0].workload).nothing_asked


# What costs, with places for the words of the workload.
COSTS: Mapping[str, tuple[str, Callable[[units.Number | None], str]]] = {
    "ip_bytes_per_delivery": ("bytes per {each}", units.size),
    "server_cpu_ns_per_delivery": ("server CPU per 1,000 {deliveries}", units.per_thousand),
    "server_rss_bytes_per_client": ("server memory per client", units.size),
}
MAX_COMPARED = 2
FEW_ROUNDS = (
    f"With fewer than {MIN_ROUNDS} rounds no ratio has an interval: what is called a difference "
    "here may be chance."
)

Floors = Mapping[str, Floor]


@dataclass(frozen=True)
class Answer:
    """Sentences in the order in which they are read.

    cautions   what stands against taking the figures as fact; empty for a sound run.
    findings   what polling costs and brings, each with its figures.
    in_favour  where polling, or else what was compared, is cheaper or equal, or that it nowhere is;
               "" with nothing to compare.
    """

    cautions: tuple[str, ...]
    findings: tuple[str, ...]
    in_favour: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.cautions, *self.findings, *filter(None, [self.in_favour]))


def answer(summaries: Sequence[Summary], found: Iterable[Finding]) -> Answer:
    """The answer of a whole run. Without a pushing transport each is described on its own."""
    sound = [
        s for s in by_our_clients(summaries) if s["received"] and not parsed(s.transport).is_again
    ]
    base = baseline(sound)
    polling = [summary for summary in sound if not parsed(summary.transport).pushes]
    others = polling or [summary for summary in sound if summary is not base]
    if base is None or not others:
        told = tuple(_alone(summary) for summary in sound[:MAX_COMPARED])
        return Answer(cautions(summaries, found), told, "")
    compared = one_of_each(others)[:MAX_COMPARED]
    floors = {key: floor(summaries, key) for key in noise_floor.COMPARED}
    few = min(len(paired_ratio(s, base, "received")) for s in compared) < MIN_ROUNDS
    return Answer(
        cautions=(*cautions(summaries, found), *([FEW_ROUNDS] if few else [])),
        findings=tuple(_against(summary, base, floors) for summary in compared),
        in_favour=_in_favour(compared, base, floors),
    )


def _against(ours: Summary, base: Summary, floors: Floors) -> str:
    clauses = [_emptiness(ours), _bytes(ours, base, floors), _age(ours, base, floors)]
    told = ", ".join(clause for clause in clauses if clause)
    head, comma, tail = told.rpartition(", ")
    return _opening(ours, base) + (f"{head}, and {tail}." if comma else f"{tail}.")


def _opening(*summaries: Summary) -> str:
    transport = summaries[0].transport
    if all(summary.generator_healthy for summary in summaries):
        return f"{heading(transport)} "
    return f"{SICK}{look(transport).name} "


def _emptiness(ours: Summary) -> str:
    share = ours["empty_share"]
    if share is None:
        return ""
    if share == 0:
        return "made no request for nothing"
    return f"made {units.share(share)} of its requests for nothing"


def _bytes(ours: Summary, base: Summary, floors: Floors) -> str:
    each = wording(ours.workload).each
    key, what = "ip_bytes_per_delivery", f"bytes per {each}"
    compared = compare(ours, base, key, floors[key])
    if compared is None:
        key, what = "protocol_bytes_per_delivery", f"protocol bytes per {each}"
        compared = compare(ours, base, key, floors[key])
    if compared is None:
        return ""
    if compared.verdict == "equal":
        return f"moved as many {what} as {look(base.transport).name}"
    return f"moved {units.ratio(compared.ratio)} the {what}"


def _age(ours: Summary, base: Summary, floors: Floors) -> str:
    compared = compare(ours, base, "latency_p50_ns", floors["latency_p50_ns"])
    if compared is None:
        return ""
    if ours.workload == "echo":
        return _round_trip(ours, base, compared)
    name = look(base.transport).name
    ages = " against ".join(units.duration(s["latency_p50_ns"]) for s in (ours, base))
    if compared.verdict == "equal":
        return f"its events were as fresh on arrival as {name}’s ({ages} at the median)"
    times = units.ratio(compared.ratio)
    return f"its events were {times} as old on arrival as {name}’s ({ages} at the median)"


def _round_trip(ours: Summary, base: Summary, compared: Comparison) -> str:
    name = look(base.transport).name
    times = " against ".join(units.duration(s["latency_p50_ns"]) for s in (ours, base))
    if compared.verdict == "equal":
        return f"its round trip was as long as {name}’s ({times} at the median)"
    ratio = units.ratio(compared.ratio)
    return f"its round trip took {ratio} the time of {name}’s ({times} at the median)"


def _in_favour(compared: Sequence[Summary], base: Summary, floors: Floors) -> str:
    told = [clause for summary in compared if (clause := _savings(summary, base, floors))]
    if told:
        pushed = any(parsed(s.transport).pushes for s in compared)
        whom = "the others" if pushed else wording(base.workload).asking
        return f"In favour of {whom}: {'; '.join(told)}."
    known = [
        _cost(what, base)
        for key, (what, _) in COSTS.items()
        if any(compare(s, base, key) for s in compared)
    ]
    if not known:
        return ""
    names = _listed([look(summary.transport).name for summary in compared], "or")
    costs = _listed(known, "or")
    return f"Nothing was cheaper with {names} than with {look(base.transport).name}: not {costs}."


def _savings(ours: Summary, base: Summary, floors: Floors) -> str:
    saved: list[str] = []
    equal: list[str] = []
    for key, (what, text) in COSTS.items():
        compared = compare(ours, base, key, floors[key])
        if compared is None or compared.verdict == "more":
            continue
        what = _cost(what, ours)
        if compared.verdict == "equal":
            equal.append(what)
        else:
            figures = f"{text(ours[key])} against {text(base[key])}"
            saved.append(f"{units.ratio(compared.ratio)} the {what} ({figures})")
    parts = [f"took {_listed(saved, 'and')}"] if saved else []
    parts += (
        [f"was level with {look(base.transport).name} in {_listed(equal, 'and')}"] if equal else []
    )
    sound = ours.generator_healthy and base.generator_healthy
    doubt = "" if sound else " (measured by a sick generator)"
    return f"{look(ours.transport).name}{doubt} {' and '.join(parts)}" if parts else ""


def _cost(what: str, summary: Summary) -> str:
    words = wording(summary.workload)
    return what.format(each=words.each, deliveries=words.deliveries)


def _alone(ours: Summary) -> str:
    words = wording(ours.workload)
    clauses = [
        _emptiness(ours),
        f"moved {units.size(ours['ip_bytes_per_delivery'])} per {words.each}"
        if ours["ip_bytes_per_delivery"] is not None
        else "",
        words.half_took.format(units.duration(ours["latency_p50_ns"]))
        if ours["latency_p50_ns"] is not None
        else "",
    ]
    told = [clause for clause in clauses if clause]
    told = told or [f"delivered too few {words.several} to be described"]
    return f"{_opening(ours)}{_listed(told, 'and')}."


def _listed(words: Sequence[str], word: str) -> str:
    *head, tail = words
    return f"{', '.join(head)} {word} {tail}" if head else tail
