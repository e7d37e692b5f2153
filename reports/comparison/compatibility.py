"""Whether two runs may be held against each other: what differs around them. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath

import msgspec

from loadgen.runfile.run import Run
from reports.formatting.facts import facts
from reports.formatting.units import NOTHING

# Keys of a scenario that decide nothing in a trial, or that only make its draw another one.
_FREE = frozenset({"name", "description", "transports", "trial.rounds", "feed.seed"})
# What makes another machine of it; the rest of `machine` is told, and may be what is compared.
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
    return _differing(old, new, _decisive)


def hosts(old: Run, new: Run) -> tuple[Differing, ...]:
    """What makes it another machine: host, processor, cores, network."""
    return _differing(old, new, lambda run: {k: v for k, v in _machine(run).items() if k in _HOST})


def circumstances(old: Run, new: Run) -> tuple[Differing, ...]:
    """What else differs, and may be the reason: pushbench, system, Python, libraries."""
    return _differing(
        old, new, lambda run: {k: v for k, v in _machine(run).items() if k not in _HOST}
    )


def same_draw(old: Run, new: Run) -> bool:
    """Round n of both had the same events at the same instants, and polls at the same phases."""

    def drawn(run: Run) -> Iterable[object]:
        plan = run.scenario
        feed = msgspec.structs.replace(plan.feed, trace=PurePath(plan.feed.trace).name)
        span = plan.trial.warmup_s, plan.trial.duration_s
        return run.seed, feed, span, plan.clients.count, plan.poll.interval_s

    return drawn(old) == drawn(new)


def _decisive(run: Run) -> dict[str, str]:
    told = dict(facts(run.scenario))
    told["feed.trace"] = PurePath(told["feed.trace"]).name  # the same recording, in any folder
    return {
        key: value
        for key, value in told.items()
        if key not in _FREE and key.partition(".")[0] != "limits"
    }


def _machine(run: Run) -> dict[str, str]:
    return {"pushbench": run.pushbench, **dict(facts(run.machine))}


def _differing(old: Run, new: Run, told: Callable[[Run], dict[str, str]]) -> tuple[Differing, ...]:
    before, after = told(old), told(new)
    return tuple(
        Differing(key, before.get(key, NOTHING), after.get(key, NOTHING))
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    )
