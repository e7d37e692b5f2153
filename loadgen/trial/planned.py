"""A planned trial: its transport, its round and its scenario."""

from dataclasses import dataclass

from feed.transport import Transport, parsed
from loadgen.runfile.scenario import Scenario


@dataclass(frozen=True)
class Planned:
    """A trial to come. Its scenario's feed already has this round's seed; rounds count from 1."""

    transport: str  # as the run file names it
    round: int
    scenario: Scenario

    @property
    def name(self) -> Transport:
        return parsed(self.transport)
