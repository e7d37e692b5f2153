"""One trial to come: what it measures, and in which round."""

from dataclasses import dataclass

from feed.transport import Transport, parsed
from loadgen.runfile.scenario import Scenario


@dataclass(frozen=True)
class Planned:
    """One trial to come. Its scenario's feed already has this round's seed; rounds count from 1.

    transport  its name in the run file; `name` is that name taken apart.
    """

    transport: str
    round: int
    scenario: Scenario

    @property
    def name(self) -> Transport:
        return parsed(self.transport)
