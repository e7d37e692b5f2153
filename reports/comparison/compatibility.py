"""Whether two runs may be compared: what differs around them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

import msgspec

from loadgen.runfile.run import Run
from reports.formatting.facts import facts
from reports.formatting.units import NOTHING

# Keys of a scenario that decide nothing in a trial, or that only make its draw another one.
_FREE = frozenset({"name", "description", "transports", "trial.rounds", "feed.seed"})
# What makes another machine of it; the rest of `machine` is shown, and may be what is compared.
_HOST = ("host", "processor", "cores", "network")


@dataclass(frozen=True)
class Differing:
    """A key that is not the same in both runs, as text."""

    key: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.key} {self.old} → {self.new}"


def scenarios(old: Run, new: Run) -> tuple[Differing, ...]:
    """Keys that decide what is measured. Not among them: name, seed, rounds, transports, limits."""
    before, after = dict(facts(old.scenario)), dict(facts(new.scenario))
    for keys in (before, after):
        keys["feed.trace"] = PurePath(keys["feed.trace"]).name  # the same recording, in any folder
    found = _differing(before, after)
    return tuple(d for d in found if d.key not in _FREE and not d.key.startswith("limits"))


def hosts(old: Run, new: Run) -> tuple[Differing, ...]:
    """What makes it another machine: host, processor, cores, network."""
    return tuple(each for each in _machines(old, new) if each.key in _HOST)


def circumstances(old: Run, new: Run) -> tuple[Differing, ...]:
    """What else differs, and may be the reason: pushbench, system, Python, libraries."""
    return tuple(each for each in _machines(old, new) if each.key not in _HOST)


def same_draw(old: Run, new: Run) -> bool:
    """Round n of both had the same events at the same instants, and polls at the same phases."""

    def drawn(run: Run) -> Iterable[object]:
        plan = run.scenario
        feed = msgspec.structs.replace(plan.feed, trace=PurePath(plan.feed.trace).name)
        span = plan.trial.warmup_s, plan.trial.duration_s
        return run.seed, feed, span, plan.clients.count, plan.poll.interval_s

    return drawn(old) == drawn(new)


def _machines(old: Run, new: Run) -> tuple[Differing, ...]:
    before, after = ({"pushbench": run.pushbench, **dict(facts(run.machine))} for run in (old, new))
    return _differing(before, after)


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Differing, ...]:
    return tuple(
        Differing(key, before.get(key, NOTHING), after.get(key, NOTHING))
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    )
