"""A sweep: the same scenario over a grid of settings, one run file for each point of the grid."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from feed.errors import InputError
from feed.transport import parsed
from loadgen.run.scenario_loader import load
from loadgen.runfile.scenario import Scenario

# With fewer expected events than this, how many there are is a matter of luck: the window is made
# longer.
EXPECTED_EVENTS = 10
MAX_POINTS = 200


@dataclass(frozen=True)
class Point:
    """One point of the grid: what is set there, and the scenario that follows."""

    settings: tuple[str, ...]
    scenario: Scenario

    @property
    def name(self) -> str:
        """Of its folder, such as `rate_per_s=10,interval_s=0.25`."""
        return ",".join(setting.partition(".")[2] for setting in self.settings)


def axis(text: str) -> list[str]:
    """The settings of `table.key=value,value…`, one for each value. Raises InputError."""
    key, separator, values = text.partition("=")
    split = [value.strip() for value in values.split(",") if value.strip()]
    if not separator or "." not in key or not split:
        raise InputError(
            f"--over {text}: expected KEY=VALUE,VALUE…, as in feed.rate_per_s=0.1,1,10"
        )
    if len(set(split)) != len(split):
        raise InputError(f"--over {text}: each value once")
    return [f"{key.strip()}={value}" for value in split]


def points(scenario: str, settings: Sequence[str], over: Sequence[str]) -> list[Point]:
    """Every point of the grid, in order, checked before anything runs. Raises InputError.

    over: the axes, as axis() reads them. What does not depend on the poll interval is measured
    once: where points differ by poll.interval_s alone, only the first of them has the other
    transports as well.
    """
    axes = [axis(text) for text in over]
    if len({changes[0].partition("=")[0] for changes in axes}) != len(axes):
        raise InputError("--over: each key once")
    made: list[Point] = []
    seen: set[tuple[str, ...]] = set()
    for changes in itertools.product(*axes):
        chosen = _with_enough_events(load(scenario, [*settings, *changes]))
        if chosen.workload == "echo":
            raise InputError("a sweep asks where polling becomes the cheaper: an echo has no polls")
        others = tuple(c for c in changes if not c.startswith("poll.interval_s="))
        if others in seen:
            polling = tuple(name for name in chosen.transports if parsed(name).polls_on_grid)
            # replace() does not check: no transports, which load() refuses, is no point here.
            chosen = msgspec.structs.replace(chosen, transports=polling)
        seen.add(others)
        if chosen.transports:
            made.append(Point(changes, chosen))
    if len(made) > MAX_POINTS:
        raise InputError(f"--over: {len(made)} points; at most {MAX_POINTS} make a sweep")
    return made


def _with_enough_events(scenario: Scenario) -> Scenario:
    """With a window in which EXPECTED_EVENTS can be expected, however rare they are."""
    if scenario.feed.schedule == "trace":
        return scenario
    least_s = min(EXPECTED_EVENTS / scenario.feed.rate_per_s, 86_400)  # the longest there may be
    duration_s = max(scenario.trial.duration_s, least_s)
    trial = msgspec.structs.replace(scenario.trial, duration_s=duration_s)
    return msgspec.structs.replace(scenario, trial=trial)
