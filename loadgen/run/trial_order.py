"""The order of a run's trials, known before the first of them starts."""

from random import Random

import msgspec

from feed.transport import CHROMIUM, WEBSOCKET, parsed
from loadgen.runfile.scenario import Scenario
from loadgen.trial.planned import Planned


def plan(scenario: Scenario, running: bool = False) -> list[Planned]:
    """All trials of a run, in order. running: the feed runs already, and has its own seed.

    Within a round every transport has the same feed and the same phases of its polls, so that
    figures can be paired. Each round draws its own: the spread over rounds includes that of feeds.
    """
    planned: list[Planned] = []
    for number in range(1, scenario.trial.rounds + 1):
        seed = scenario.feed.seed + number - 1
        feed = scenario.feed if running else msgspec.structs.replace(scenario.feed, seed=seed)
        of_round = msgspec.structs.replace(scenario, feed=feed)
        order = list(scenario.transports)
        Random(f"{seed}/order").shuffle(order)
        planned += [Planned(transport, number, of_round) for transport in order]
    return planned


def with_pages(scenario: Scenario) -> Scenario:
    """The scenario, with each transport that a web page can speak, by pages in Chromium too."""
    names = scenario.transports
    able = [name for name in names if parsed(name).is_plain and parsed(name).traits.pages]
    added = (f"{name}#{CHROMIUM}" for name in able)
    return msgspec.structs.replace(scenario, transports=tuple(dict.fromkeys((*names, *added))))


def with_itself(scenario: Scenario, baseline: str = WEBSOCKET) -> Scenario:
    """The scenario, with its baseline a second time (A/A): the two differ by noise alone.

    The baseline is the transport of that name, or else the scenario's last one.
    """
    names = scenario.transports
    again = baseline if baseline in names else names[-1]
    return msgspec.structs.replace(scenario, transports=(*names, f"{again}#2"))
