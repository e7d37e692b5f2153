"""Whether two runs may be compared: what differs around them."""

from collections.abc import Callable, Iterable
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
    return _differing(old, new, _decisive)


def hosts(old: Run, new: Run) -> tuple[Differing, ...]:
    """What makes it another machine: host, processor, cores, network."""
    return _differing(old, new, lambda run: _machine(run, host=True))


def circumstances(old: Run, new: Run) -> tuple[Differing, ...]:
    """What else differs, and may be the reason: pushbench, system, Python, libraries."""
    return _differing(old, new, lambda run: _machine(run, host=False))


def same_draw(old: Run, new: Run) -> bool:
    """Round n of both had the same events at the same instants, and polls at the same phases."""

    def drawn(run: Run) -> Iterable[object]:
        plan = run.scenario
        feed = msgspec.structs.replace(plan.feed, trace=PurePath(plan.feed.trace).name)
        span = plan.trial.warmup_s, plan.trial.duration_s
        return run.seed, feed, span, plan.clients.count, plan.poll.interval_s

    return drawn(old) == drawn(new)


def _decisive(run: Run) -> dict[str, str]:
    keys = dict(facts(run.scenario))
    keys["feed.trace"] = PurePath(keys["feed.trace"]).name  # the same recording, in any folder
    return {
        key: value
        for key, value in keys.items()
        if key not in _FREE and not key.startswith("limits")
    }


def _machine(run: Run, host: bool) -> dict[str, str]:
    known = {"pushbench": run.pushbench, **dict(facts(run.machine))}
    return {key: value for key, value in known.items() if (key in _HOST) == host}


def _differing(old: Run, new: Run, of: Callable[[Run], dict[str, str]]) -> tuple[Differing, ...]:
    before, after = of(old), of(new)
    return tuple(
        Differing(key, before.get(key, NOTHING), after.get(key, NOTHING))
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    )
