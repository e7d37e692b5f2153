"""One trial to come: what it measures, and in which round."""

from dataclasses import dataclass

from loadgen.runfile.scenario import Scenario, in_chromium, served, spoken


@dataclass(frozen=True)
class Planned:
    """One trial to come. Its scenario's feed already has this round's seed; rounds count from 1.

    transport  its name in the run file, which may end in `#2` or `#chromium`; `served` is its name
    at the server, `spoken` the protocol of its clients, and `in_chromium` whether they are pages.
    """

    transport: str
    round: int
    scenario: Scenario

    @property
    def served(self) -> str:
        return served(self.transport)

    @property
    def spoken(self) -> str:
        return spoken(self.transport)

    @property
    def in_chromium(self) -> bool:
        return in_chromium(self.transport)
