"""The answer first: what polling wasted in this run, and where it was the better choice. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports import units
from reports.analysis import Summary
from reports.caution import cautions
from reports.compare import baseline, compare
from reports.health import Finding
from reports.transports import heading, look

COSTS: Mapping[str, tuple[str, Callable[[units.Number | None], str]]] = {
    "ip_bytes_per_delivery": ("bytes per event", units.size),
    "server_cpu_ns_per_delivery": ("server CPU per 1,000 deliveries", units.per_thousand),
    "server_rss_bytes_per_client": ("server memory per client", units.size),
}
MAX_COMPARED = 2


@dataclass(frozen=True)
class Answer:
    """Sentences in the order in which they are read.

    cautions   what stands against taking the figures as fact; empty for a sound run.
    findings   what polling costs and brings, each with its figures.
    in_favour  where polling is cheaper or equal, or that it nowhere is; "" with nothing to compare.
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
    sound = [summary for summary in summaries if summary["received"]]
    base = baseline(sound)
    polling = [summary for summary in sound if not look(summary.transport).pushes]
    others = polling or [summary for summary in sound if summary is not base]
    if base is None or not others:
        told = tuple(_alone(summary) for summary in sound[:MAX_COMPARED])
        return Answer(cautions(summaries, found), told, "")
    compared = others[:MAX_COMPARED]
    return Answer(
        cautions=cautions(summaries, found),
        findings=tuple(_against(summary, base) for summary in compared),
        in_favour=_in_favour(compared, base),
    )


def _against(ours: Summary, base: Summary) -> str:
    clauses = [_emptiness(ours), _bytes(ours, base), _age(ours, base)]
    told = ", ".join(clause for clause in clauses if clause)
    head, comma, tail = told.rpartition(", ")
    return _opening(ours, base) + (f"{head}, and {tail}." if comma else f"{tail}.")


def _opening(*summaries: Summary) -> str:
    transport = summaries[0].transport
    if all(summary.generator_healthy for summary in summaries):
        return f"{heading(transport)} "
    return f"Measured by a sick generator, and so no fact: {look(transport).name} "


def _emptiness(ours: Summary) -> str:
    share = ours["empty_share"]
    if share is None:
        return ""
    if share == 0:
        return "made no request for nothing"
    return f"made {units.share(share)} of its requests for nothing"


def _bytes(ours: Summary, base: Summary) -> str:
    key, what = "ip_bytes_per_delivery", "bytes per event"
    compared = compare(ours, base, key)
    if compared is None:
        key, what = "protocol_bytes_per_delivery", "protocol bytes per event"
        compared = compare(ours, base, key)
    if compared is None:
        return ""
    if compared.verdict == "equal":
        return f"moved as many {what} as {look(base.transport).name}"
    return f"moved {units.ratio(compared.ratio)} the {what}"


def _age(ours: Summary, base: Summary) -> str:
    compared = compare(ours, base, "latency_p50_ns")
    if compared is None:
        return ""
    name = look(base.transport).name
    ages = " against ".join(units.duration(s["latency_p50_ns"]) for s in (ours, base))
    if compared.verdict == "equal":
        return f"its events were as fresh on arrival as {name}’s ({ages} at the median)"
    times = units.ratio(compared.ratio)
    return f"its events were {times} as old on arrival as {name}’s ({ages} at the median)"


def _in_favour(compared: Sequence[Summary], base: Summary) -> str:
    told = [clause for summary in compared if (clause := _savings(summary, base))]
    if told:
        return f"In favour of polling: {'; '.join(told)}."
    known = [
        what for key, (what, _) in COSTS.items() if any(compare(s, base, key) for s in compared)
    ]
    if not known:
        return ""
    names = _listed([look(summary.transport).name for summary in compared], "or")
    costs = _listed(known, "or")
    return f"Nothing was cheaper with {names} than with {look(base.transport).name}: not {costs}."


def _savings(ours: Summary, base: Summary) -> str:
    saved: list[str] = []
    equal: list[str] = []
    for key, (what, text) in COSTS.items():
        compared = compare(ours, base, key)
        if compared is None or compared.verdict == "more":
            continue
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


def _alone(ours: Summary) -> str:
    clauses = [
        _emptiness(ours),
        f"moved {units.size(ours['ip_bytes_per_delivery'])} per event"
        if ours["ip_bytes_per_delivery"] is not None
        else "",
        f"half of its events were older than {units.duration(ours['latency_p50_ns'])} on arrival",
    ]
    return f"{_opening(ours)}{_listed([clause for clause in clauses if clause], 'and')}."


def _listed(words: Sequence[str], word: str) -> str:
    *head, tail = words
    return f"{', '.join(head)} {word} {tail}" if head else tail
