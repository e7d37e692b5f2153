"""The headline: what polling wasted in this run, and where it was the better choice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from feed.transport import parsed
from reports.comparison.difference import Difference, Verdict, rounds_of
from reports.comparison.intervals import MIN_ROUNDS
from reports.comparison.ratio_table import span
from reports.comparison.ratios import baseline, by_our_clients, compare, one_of_each
from reports.formatting import units
from reports.formatting.transport_style import style_of
from reports.formatting.wording import wording
from reports.summary import measure_text
from reports.summary.health_checks import Finding
from reports.summary.summary import Summary, workload

SICK = "Measured by a sick generator, and so no fact: "


def _cautions(summaries: Sequence[Summary], found: Sequence[Finding]) -> Iterator[str]:
    """Sick trials, failed ones, undelivered events, and what there is nothing to compare with."""
    for summary in summaries:
        yield from _of(summary, found)
    measured = [summary for summary in summaries if summary["received"]]
    pushing = sum(parsed(summary.transport).pushes for summary in measured)
    words = wording(workload(summaries))
    if not measured:
        yield "Nothing was delivered in this run, so it cannot answer the question."
    elif not pushing:
        nothing = f"there is nothing to hold {words.asking} against"
        yield f"No pushing transport has figures, so {nothing}."
    elif pushing == len(measured):
        yield words.nothing_asked


def _of(summary: Summary, findings: Sequence[Finding]) -> Iterator[str]:
    name, each = style_of(summary.transport).name, wording(summary.workload).each
    failed, tried = summary.failed_rounds, summary.rounds + summary.failed_rounds
    if not tried:
        yield f"There is no trial of {name} in this run."
    reason = next(iter(summary.failures.values()), "").rstrip(". ")
    if failed and summary.rounds:
        yield f"{failed} of {tried} trials of {name} failed: {reason}."
    elif failed:
        yield f"There are no figures for {name}, as every trial failed: {reason}."
    sick = [f for f in findings if f.sickens and f.transport == summary.transport]
    if sick:
        rounds = sorted({finding.round for finding in sick})
        where = f"round{'s' if len(rounds) > 1 else ''} {', '.join(map(str, rounds))}"
        yield (
            f"The load generator was sick in {name}, {where}: {sick[0].check} {sick[0].seen}, "
            f"the limit is {sick[0].limit}. The figures of {name} are no facts."
        )
    expected, lost = units.count(summary["expected"]), summary.spread("lost")
    if not summary.rounds:
        return
    if not summary["expected"] and not summary["received"]:
        yield f"No {each} was due in the window of {name}, so it has nothing to show."
    elif not summary["received"]:
        yield f"No {each} arrived over {name}; {expected} were expected."
    elif lost and lost[1] > 0:
        yield f"Up to {units.count(lost[1])} of {expected} {each}s were lost over {name}."


# What costs, with places for the words of the workload.
COSTS = {
    "ip_bytes_per_delivery": "bytes per {each}",
    "server_cpu_ns_per_delivery": "server CPU per 1,000 {deliveries}",
    "server_rss_bytes_per_client": "server memory per client",
}
MAX_COMPARED = 2
FEW_ROUNDS = (
    f"With fewer than {MIN_ROUNDS} rounds no ratio has an interval: only twice as much, or half, "
    "is called a difference here, and even that may be chance."
)


@dataclass(frozen=True)
class Answer:
    """Sentences in the order in which they are read.

    cautions   what stands against taking the figures as fact; empty for a sound run.
    findings   what polling costs and brings, each with its figures.
    in_favour  where polling, or else what was compared, is cheaper or equal, or that it nowhere is,
               and where the rounds cannot tell; "" with nothing to compare.
    """

    cautions: tuple[str, ...]
    findings: tuple[str, ...]
    in_favour: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.cautions, *self.findings, *filter(None, [self.in_favour]))


@dataclass(frozen=True)
class _Pair:
    """A transport and the baseline that it is compared with, out of a whole run."""

    ours: Summary
    base: Summary
    run: Sequence[Summary]

    @property
    def name(self) -> str:
        return style_of(self.ours.transport).name

    @property
    def baseline(self) -> str:
        return style_of(self.base.transport).name

    def difference(self, key: str) -> Difference | None:
        return compare(self.ours, self.base, key, self.run)

    def costs(self, verdict: Verdict) -> list[str]:
        """Names of the costs with that verdict."""
        found = ((_cost(key, self.ours), self.difference(key)) for key in COSTS)
        return [cost for cost, one in found if one and one.verdict == verdict]


def answer(summaries: Sequence[Summary], found: Sequence[Finding]) -> Answer:
    """The answer of a whole run. Without a pushing transport each is described on its own."""
    sound = [
        s for s in by_our_clients(summaries) if s["received"] and not parsed(s.transport).is_again
    ]
    base = baseline(sound)
    polling = [summary for summary in sound if not parsed(summary.transport).pushes]
    others = polling or [summary for summary in sound if summary is not base]
    warned = tuple(_cautions(summaries, found))
    if base is None or not others:
        return Answer(warned, tuple(map(_alone, sound[:MAX_COMPARED])), "")
    pairs = [_Pair(ours, base, summaries) for ours in one_of_each(others)[:MAX_COMPARED]]
    if min(rounds_of(pair.ours, base, "received").fewest for pair in pairs) < MIN_ROUNDS:
        warned = (*warned, FEW_ROUNDS)
    return Answer(warned, tuple(map(_against, pairs)), _in_favour(pairs))


def _against(pair: _Pair) -> str:
    clauses = [*filter(None, [_emptiness(pair.ours), _bytes(pair), _age(pair)])]
    *head, tail = clauses or [f"has no round with figures in common with {pair.baseline}"]
    name = opening((pair.ours, pair.base), pair.name)
    return f"{name} {', '.join(head)}, and {tail}." if head else f"{name} {tail}."


def opening(members: Sequence[Summary], words: str) -> str:
    """The beginning of a sentence on these, with a capital or behind what is to be feared."""
    if all(each.generator_healthy for each in members):
        return words[:1].upper() + words[1:]
    return SICK + words


def _emptiness(ours: Summary) -> str:
    share = ours["empty_share"]
    if not share:
        return "" if share is None else "made no request for nothing"
    return f"made {units.share(share)} of its requests for nothing"


def _bytes(pair: _Pair) -> str:
    what = f"bytes per {wording(pair.ours.workload).each}"
    found = pair.difference("ip_bytes_per_delivery")
    if found is None:
        what, found = f"protocol {what}", pair.difference("protocol_bytes_per_delivery")
    if found is None:
        return ""
    equal = f"moved as many {what} as {pair.baseline}"
    return _clause(found, equal, f"moved {units.ratio(found.amount)} the {what}")


def _clause(found: Difference, equal: str, differs: str, *figures: str) -> str:
    details = [*figures]
    if found.verdict == "cannot tell":
        details.append(f"may be chance: {span(found)}")
    text = equal if found.verdict == "no difference" else differs
    return f"{text} ({'; '.join(details)})" if details else text


def _age(pair: _Pair) -> str:
    """How fresh events were, or how long the round trip of an echo took."""
    found = pair.difference("latency_p50_ns")
    if found is None:
        return ""
    times = units.ratio(found.amount)
    ages = " against ".join(units.duration(s["latency_p50_ns"]) for s in (pair.ours, pair.base))
    if pair.ours.workload == "echo":
        equal = f"its round trip was as long as {pair.baseline}’s"
        differs = f"its round trip took {times} the time of {pair.baseline}’s"
    else:
        equal = f"its events were as fresh on arrival as {pair.baseline}’s"
        differs = f"its events were {times} as old on arrival as {pair.baseline}’s"
    return _clause(found, equal, differs, f"{ages} at the median")


def _in_favour(pairs: Sequence[_Pair]) -> str:
    """What is cheaper or level, or that nothing is; then where the rounds cannot tell."""
    unclear: dict[str, list[str]] = {}
    for pair in pairs:
        if costs := pair.costs("cannot tell"):
            unclear.setdefault(_listed(costs, "or"), []).append(pair.name)
    doubts = (
        f"Whether {_listed(names, 'or')} was cheaper or dearer than {pairs[0].baseline} in {costs} "
        "the rounds cannot tell."
        for costs, names in unclear.items()
    )
    return " ".join(filter(None, [_cheaper(pairs), *doubts]))


def _cheaper(pairs: Sequence[_Pair]) -> str:
    if savings := [text for pair in pairs if (text := _savings(pair))]:
        pushed = any(parsed(pair.ours.transport).pushes for pair in pairs)
        whom = "the others" if pushed else wording(pairs[0].base.workload).asking
        return f"In favour of {whom}: {'; '.join(savings)}."
    unclear = {cost for pair in pairs for cost in pair.costs("cannot tell")}
    dearer = dict.fromkeys(cost for pair in pairs for cost in pair.costs("more"))
    known = [cost for cost in dearer if cost not in unclear]
    if not known:
        return ""
    names = _listed([pair.name for pair in pairs], "or")
    nothing = f"Nothing was {'shown to be ' if unclear else ''}cheaper with {names}"
    return f"{nothing} than with {pairs[0].baseline}: not {_listed(known, 'or')}."


def _savings(pair: _Pair) -> str:
    """Where ours is cheaper than the baseline, with figures, and where it is level with it."""
    ours, base = pair.ours, pair.base
    saved = [
        f"{units.ratio(found.amount)} the {_cost(key, ours)} "
        f"({measure_text.text(key, ours[key])} against {measure_text.text(key, base[key])})"
        for key in COSTS
        if (found := pair.difference(key)) and found.verdict == "less"
    ]
    parts = [f"took {_listed(saved, 'and')}"] if saved else []
    if level := pair.costs("no difference"):
        parts.append(f"was level with {pair.baseline} in {_listed(level, 'and')}")
    sound = ours.generator_healthy and base.generator_healthy
    doubt = "" if sound else " (measured by a sick generator)"
    return f"{pair.name}{doubt} {' and '.join(parts)}" if parts else ""


def _cost(key: str, summary: Summary) -> str:
    words = wording(summary.workload)
    return COSTS[key].format(each=words.each, deliveries=words.deliveries)


def _alone(ours: Summary) -> str:
    words, clauses = wording(ours.workload), [_emptiness(ours)]
    if ours["ip_bytes_per_delivery"] is not None:
        clauses.append(f"moved {units.size(ours['ip_bytes_per_delivery'])} per {words.each}")
    if ours["latency_p50_ns"] is not None:
        clauses.append(words.half_took.format(units.duration(ours["latency_p50_ns"])))
    known = [*filter(None, clauses)] or [f"delivered too few {words.several} to be described"]
    return f"{opening([ours], style_of(ours.transport).name)} {_listed(known, 'and')}."


def _listed(words: Sequence[str], word: str) -> str:
    *head, tail = words
    return f"{', '.join(head)} {word} {tail}" if head else tail
