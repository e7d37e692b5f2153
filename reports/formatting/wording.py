"""The words of a workload's report: events that are pushed, or texts and their echoes."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What differs from one workload to the other: wording.toml says what each field is."""

    title: str
    each: str
    asking: str
    latency: str
    freshness: str
    at_median: str
    half_took: str
    arrived: str
    shares: str
    axis: str
    delivered: str
    deliveries: str
    nothing_asked: str
    theory: str
    sections: Mapping[str, tuple[str, str]]

    @property
    def several(self) -> str:
        return f"{self.each}s"


_TEXT = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
_WORDINGS = msgspec.convert(tomllib.loads(_TEXT), dict[str, Wording])
FEED = _WORDINGS["feed"]


def wording(workload: str) -> Wording:
    """Of that workload."""
    return _WORDINGS[workload]
