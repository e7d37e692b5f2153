"""A sweep: the same scenario over a grid of settings, one run file for each point of the grid."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from feed.errors import InputError
from feed.transport import parsed
from loadgen.run.scenario_loader import load
from loadgen.runfile.scenario import Scenario

# A window in which fewer events than this are expected says little, as the luck of the draw decides
# how many there are; it is made longer.
EXPECTED_EVENTS = 10
MAX_POINTS = 200


@dataclass(frozen=True)
class Axis:
    """A key of the scenario, and the values that it takes."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """One point of the grid: what is set there, and the scenario that follows."""

    settings: tuple[str, ...]
    scenario: Scenario

    @property
    def name(self) -> str:
        """Of its folder, such as `rate_per_s=10,interval_s=0.25`."""
        return ",".join(setting.partition(".")[2] for setting in self.settings)


def axis(text: str) -> Axis:
    """Read `table.key=value,value…`. Raises InputError."""
    key, separator, values = text.partition("=")
    split = tuple(value.strip() for value in values.split(",") if value.strip())
    if not separator or "." not in key or not split:
        raise InputError(
            f"--over {text}: expected KEY=VALUE,VALUE…, as in feed.rate_per_s=0.1,1,10"
        )
    if len(set(split)) != len(split):
        raise InputError(f"--over {text}: each value once")
    return Axis(key.strip(), split)


def points(scenario: str, settings: Sequence[str], axes: Sequence[Axis]) -> list[Point]:
    """Every point of the grid, in order, checked before anything runs. Raises InputError.

    What no poll can notice is not measured again: where points differ by poll.interval_s alone,
    only the first of them has the other transports as well.
    """
    if len({axis.key for axis in axes}) != len(axes):
        raise InputError("--over: each key once")
    made: list[Point] = []
    seen: set[tuple[str, ...]] = set()
    for changes in itertools.product(*(_changes(axis) for axis in axes)):
        others = tuple(c for c in changes if not c.startswith("poll.interval_s="))
        chosen = _roomy(load(scenario, [*settings, *changes]))
        if others in seen:
            chosen = _polling_alone(chosen)
        seen.add(others)
        if chosen.workload == "echo":
            raise InputError("a sweep asks where polling becomes the cheaper: an echo has no polls")
        if chosen.transports:
            made.append(Point(changes, chosen))
    if len(made) > MAX_POINTS:
        raise InputError(f"--over: {len(made)} points; at most {MAX_POINTS} make a sweep")
    return made


def _changes(axis: Axis) -> Iterator[str]:
    return (f"{axis.key}={value}" for value in axis.values)


def _roomy(scenario: Scenario) -> Scenario:
    """With a window in which a few events can be expected, however rare they are."""
    if scenario.feed.schedule == "trace":
        return scenario
    least_s = EXPECTED_EVENTS / scenario.feed.rate_per_s
    duration_s = max(scenario.trial.duration_s, min(least_s, 86_400))
    trial = msgspec.structs.replace(scenario.trial, duration_s=duration_s)
    return msgspec.structs.replace(scenario, trial=trial)


def _polling_alone(scenario: Scenario) -> Scenario:
    polling = tuple(name for name in scenario.transports if parsed(name).polls_on_grid)
    # Not checked again: a scenario without transports is refused, here it means "nothing to do".
    return msgspec.structs.replace(scenario, transports=polling)
