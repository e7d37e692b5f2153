"""Measurements compared with theory, trial by trial, each number with its stated tolerance.

A number agrees where |measured - predicted| is within its tolerance. Latencies may differ by the
allowance, which is what server and generator may take of their own time, and a long poll's numbers
by what that much more time between its polls changes of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from loadgen.runfile.figures import Distribution, Figures
from loadgen.runfile.run import Run
from reports.formatting import units
from reports.summary import measure_text
from reports.summary.health_checks import THEORY, Finding, finding
from reports.summary.latency_curves import counted
from reports.summary.measures import BY_KEY, of_workload
from reports.theory.forecast import Forecast, Forecasts
from reports.theory.predict import KEYS, beyond_ns

SHARES = ("empty_share", "share_beyond_transit")
LABELS = {
    "share_beyond_transit": "latency beyond 1.5 transits",
    "ip_bytes_at_1500": "IP, computed (MTU 1,500)",
}
_MEASURES = {"ip_bytes_at_1500": "ip_bytes_per_delivery"}  # what was measured of it


@dataclass(frozen=True)
class Tolerance:
    """The largest of: a share of the prediction; an amount in the number's own unit; so many times
    the allowance for serving (ModelInputs.allowance_ns), for a latency."""

    share: float
    amount: float = 0.0
    servings: float = 0.0


# No tolerance: a maximum hangs on one delivery, and packets on the kind of network.
TOLERANCES = {
    "requests_per_s": Tolerance(0.01),
    "empty_share": Tolerance(0, amount=0.02),
    "latency_mean_ns": Tolerance(0.03, servings=1),
    "latency_p50_ns": Tolerance(0.05, servings=1),
    "latency_p99_ns": Tolerance(0.05, servings=2),
    "message_bytes_per_delivery": Tolerance(0.01),
    "protocol_bytes_per_delivery": Tolerance(0.01),
    "tcp_bytes_per_delivery": Tolerance(0.01),
    "share_beyond_transit": Tolerance(0, amount=0.03),
}


@dataclass(frozen=True)
class Deviation:
    """One number of one trial, in its key's unit.

    predicted  for the round's own due times. general: over all feeds of its kind; None: unknown.
    allowed    how far the two may be apart; None where no tolerance is stated.
    workload   of the run.
    """

    transport: str
    round: int
    key: str
    measured: float
    predicted: float
    general: float | None
    allowed: float | None
    workload: str = "feed"

    @property
    def label(self) -> str:
        """The number's name for people."""
        return LABELS.get(self.key) or of_workload(self.workload)[self.key].label

    @property
    def amount(self) -> float:
        """By how much the measurement is above the prediction."""
        return self.measured - self.predicted

    @property
    def too_wide(self) -> bool:
        """The tolerance is above half of the value, so that agreement would say little.

        For a share it is half of the whole: one that is 0.01 instead of 0 is nearly right.
        """
        whole = 1.0 if self.key in SHARES else self.predicted
        return self.allowed is not None and self.allowed > whole / 2

    @property
    def agrees(self) -> bool | None:
        """None where nothing can be judged: without a tolerance, or within one that is too wide."""
        if self.allowed is None:
            return None
        within = bool(abs(self.amount) <= self.allowed)
        return None if within and self.too_wide else within


def deviations(run: Run, made: Forecasts) -> tuple[Deviation, ...]:
    """Each number of a trial that was both measured and predicted, in the forecasts' order."""
    figures = {(t.transport, t.round): t.figures for t in run.trials if t.figures}
    return tuple(
        Deviation(
            transport=name,
            round=number,
            key=key,
            measured=measured,
            predicted=forecast.sampled.values[key],
            general=forecast.general.values.get(key),
            allowed=_allowed(key, forecast),
            workload=run.scenario.workload,
        )
        for (name, number), forecast in made.items()
        for key in KEYS
        if key in forecast.sampled.values
        if (measured := _measured(key, figures[name, number], forecast)) is not None
    )


def findings(found: Iterable[Deviation]) -> tuple[Finding, ...]:
    """Each deviation beyond its tolerance."""
    return tuple(
        finding(
            THEORY,
            each.transport,
            each.round,
            (
                f"{text(each.key, each.measured)}, expected {text(each.key, each.predicted)}",
                f"±{units.GAP}{distance(each.key, each.allowed or 0.0)}",
            ),
            each.label,
        )
        for each in found
        if each.agrees is False
    )


def _measured(key: str, figures: Figures, forecast: Forecast) -> float | None:
    if key == "share_beyond_transit":
        return share_beyond(figures.latency, beyond_ns(forecast.inputs))
    return BY_KEY[_MEASURES.get(key, key)].of(figures)


def _allowed(key: str, forecast: Forecast) -> float | None:
    tolerance, predicted = TOLERANCES.get(key), forecast.sampled.values[key]
    if tolerance is None:
        return None
    if tolerance.servings:
        allowance_ns = forecast.inputs.allowance_ns
        return max(tolerance.share * predicted, tolerance.servings * allowance_ns)
    edges = forecast.sampled.at_edges if key == "requests_per_s" else 0.0
    changed = abs(forecast.served.values.get(key, predicted) - predicted)
    return max((tolerance.share + edges) * predicted, tolerance.amount) + changed


def share_beyond(latency: Distribution | None, limit_ns: float) -> float | None:
    """The share of the deliveries that took longer, from the histogram (to three digits)."""
    if latency is None or not latency.histogram:
        return None
    beyond = sum(times for latency_ns, times in counted(latency) if latency_ns > limit_ns)
    return beyond / latency.count


def distance(key: str, amount: float) -> str:
    """How far two of its values are apart, without a sign: shares in points of 100."""
    if key in SHARES:
        return f"{units.tick(abs(amount) * 100)}{units.GAP}points"
    return text(key, abs(amount))


def text(key: str, value: float | None) -> str:
    """A value with its unit, as everywhere in the report."""
    if key == "share_beyond_transit":
        return units.share(value)
    return measure_text.text(_MEASURES.get(key, key), value)
