"""What to use, goal by goal: the freshest, the cheapest in bytes and CPU, and the simplest.

The first three are measured. Simplicity is a judgement, and this is its rule: of the transports
whose messages are fresh enough, the one with the fewest moving parts, as PARTS ranks them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feed.transport import (
    LONG_POLL,
    POST,
    SHORT_POLL,
    SOCKETIO_POLLING,
    SOCKETIO_WEBSOCKET,
    SSE,
    WEBSOCKET,
    parsed,
)
from reports.comparison.ratios import compare
from reports.formatting import units
from reports.formatting.transport_style import heading, style_of
from reports.formatting.wording import wording
from reports.summary import measure_text
from reports.summary.summary import Summary, workload

# How old a message may be in the mean and still be fresh enough: what a reader bears without
# losing the thread, and what feels like at once.
TOLERATED_NS = (1_000_000_000, 100_000_000)

# Protocol → rank, the fewest moving parts first, and what the parts are.
PARTS = {
    SHORT_POLL: (0, "a plain request at an interval"),
    POST: (0, "a plain request for each text"),
    LONG_POLL: (1, "a request that the server holds open"),
    SSE: (1, "an answer that the server holds open"),
    WEBSOCKET: (2, "a protocol of its own on a long-lived connection"),
    SOCKETIO_POLLING: (3, "a library of its own on both sides"),
    SOCKETIO_WEBSOCKET: (3, "a library of its own on both sides"),
}
UNKNOWN_PARTS = (3, "the fewest moving parts")


@dataclass(frozen=True)
class Goal:
    """One thing that a reader may be after.

    winners  transports, the best first; several where they are level, or not told apart.
    figure   of the best, with its unit; why: what it is compared with, or why it is the simplest.
    tied     all of several winners are level; else the rounds cannot tell which is the best.
    """

    name: str
    winners: tuple[str, ...]
    figure: str
    why: str
    tied: bool = True

    @property
    def text(self) -> str:
        """The winner by its name, or who ties."""
        names = [style_of(name).name for name in self.winners]
        if len(names) == 1:
            return heading(self.winners[0])
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        return f"A tie: {listed}" if self.tied else f"Not told apart: {listed}"

    @property
    def colours(self) -> tuple[str, ...]:
        """Of the winners' protocols."""
        return tuple(dict.fromkeys(style_of(name).colour for name in self.winners))


@dataclass(frozen=True)
class Goals:
    """missing: why some or all goals have no winner; "" where all have one."""

    goals: tuple[Goal, ...]
    rule: str
    missing: str


def goals(summaries: Sequence[Summary]) -> Goals:
    """Of a whole run. What a sick generator measured cannot win, and against nobody nobody wins."""
    able = [s for s in summaries if s["received"] and parsed(s.transport).is_choice]
    sound = [summary for summary in able if summary.generator_healthy]
    if not sound:
        return Goals((), "", "No transport has sound figures, so none can be recommended.")
    if len(sound) == 1:
        only = f"Only {style_of(sound[0].transport).name} has sound figures here"
        return Goals((), "", f"{only}: there is nothing to choose between.")
    words = wording(workload(summaries))
    aims: Mapping[str, Mapping[str, str]] = {
        words.freshness: {"latency_p50_ns": "at the median"},
        "the fewest bytes": {
            "ip_bytes_per_delivery": f"per {words.each}",
            "protocol_bytes_per_delivery": f"of HTTP or frames per {words.each}",
        },
        "the least server CPU": {"server_cpu_ns_per_delivery": f"per 1,000 {words.deliveries}"},
    }
    made = {name: _measured(name, of, sound, summaries) for name, of in aims.items()}
    unknown = ", ".join(name for name, goal in made.items() if goal is None)
    sick = " and ".join(style_of(s.transport).name for s in able if s not in sound)
    missing = (
        f"Left out, as a sick generator measured it: {sick}." if sick else "",
        f"Not compared, as not all have the figures: {unknown}." if unknown else "",
    )
    simplest = _simplest(sound, words.latency)
    return Goals(
        goals=tuple(goal for goal in (*made.values(), simplest) if goal),
        rule="What is simplest is a judgement: the fewest moving parts among those whose mean "
        f"{words.latency} is within {units.tick(TOLERATED_NS[0], units.duration)}.",
        missing=" ".join(filter(None, missing)),
    )


def _measured(
    name: str, of: Mapping[str, str], sound: Sequence[Summary], summaries: Sequence[Summary]
) -> Goal | None:
    """By the first key that all have, None without: the less, the better.

    of  key → what stands behind its figure.
    """
    key = next((key for key in of if all(s[key] is not None for s in sound)), None)
    if key is None:
        return None
    figure_of = {s.transport: measure_text.text(key, s[key]) for s in sound}
    best, *others = sorted(sound, key=lambda summary: summary[key] or 0)
    pairs = [(s, compare(s, best, key, summaries)) for s in others]
    behind = [(s, found) for s, found in pairs if found and found.verdict == "more"]
    unbeaten = [(s, found) for s, found in pairs if not found or found.verdict != "more"]
    tied = all(found and found.verdict == "no difference" for _, found in unbeaten)
    against = "; ".join(
        f"{style_of(s.transport).name} {figure_of[s.transport]} ({units.ratio(found.amount)})"
        for s, found in (behind if len(behind) < 3 else (behind[0], behind[-1]))
    )
    why = f"against {against}" if against else "all are level" if tied else ""
    winners = [best, *(s for s, _ in unbeaten)]
    figures = list(dict.fromkeys(figure_of[s.transport] for s in winners))
    figure = " and ".join(figures) if len(figures) < 3 else units.span(figures[0], figures[-1])
    return Goal(
        name=name,
        winners=tuple(s.transport for s in winners),
        figure=f"{figure} {of[key]}",
        why=why if tied else "; ".join(filter(None, [why, "the rounds cannot tell which is best"])),
        tied=tied,
    )


def _simplest(sound: Sequence[Summary], age: str) -> Goal | None:
    """For the first tolerance, if any meets it; says what a stricter one would change."""
    winners, strictly = (_fewest(sound, most_ns) for most_ns in TOLERATED_NS)
    if not winners:
        return None
    why = _parts(winners[0])[1]
    within = f"within {units.tick(TOLERATED_NS[1], units.duration)}"
    if not strictly:
        why += f"; none is {within}"
    elif strictly != winners:
        why += f"; {within}: {' or '.join(style_of(s.transport).name for s in strictly)}"
    means = " and ".join(dict.fromkeys(units.duration(s["latency_mean_ns"]) for s in winners))
    return Goal("simplicity", tuple(s.transport for s in winners), f"mean {age} {means}", why)


def _fewest(sound: Sequence[Summary], most_ns: int) -> list[Summary]:
    """Those with the fewest moving parts out of the fresh enough, in the run's order."""
    fresh = [s for s in sound if (age := s["latency_mean_ns"]) is not None and age <= most_ns]
    least = min((_parts(summary)[0] for summary in fresh), default=0)
    return [summary for summary in fresh if _parts(summary)[0] == least]


def _parts(summary: Summary) -> tuple[int, str]:
    return PARTS.get(parsed(summary.transport).protocol, UNKNOWN_PARTS)
