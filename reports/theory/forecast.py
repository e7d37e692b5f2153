"""Both predictions for each trial of a run, made once and read by tables, findings and charts."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from loadgen.runfile.run import Run
from reports.summary.latency_curves import POINTS, Curve
from reports.theory.model.inputs import Premise, premise
from reports.theory.predict import Prediction, expect, replayed


@dataclass(frozen=True)
class Forecast:
    """premise: what was known. drawn: for the round's own due times. general: over all draws.

    served: as drawn, where each answer to a long poll takes the whole allowance for serving: the
    next poll is out so much later, so fewer polls bring more events each.
    """

    premise: Premise
    drawn: Prediction
    general: Prediction
    served: Prediction


Forecasts = Mapping[tuple[str, int], Forecast]  # by transport, under its full name, and round
NONE: Forecasts = {}


def forecasts(run: Run) -> Forecasts:
    """Of each trial that gave figures, in the scenario's order of transports and then by round."""
    names = dict.fromkeys((*run.scenario.transports, *(trial.transport for trial in run.trials)))
    return {
        (trial.transport, trial.round): _forecast(premise(run, trial))
        for name in names
        for trial in run.trials
        if trial.transport == name and trial.figures
    }


def _forecast(known: Premise) -> Forecast:
    drawn = replayed(known)
    served = drawn
    if known.waits_at_server:
        served = replayed(replace(known, serving_ns=known.allowance_ns))
    return Forecast(known, drawn, expect(known), served)


def median(made: Forecasts, transport: str, key: str) -> float | None:
    """Of the predictions for the drawn due times, over the rounds; None where there is none."""
    values = [
        forecast.drawn.values[key]
        for (name, _), forecast in made.items()
        if name == transport and key in forecast.drawn.values
    ]
    return statistics.median(values) if values else None


def medians(made: Forecasts, key: str) -> dict[str, float]:
    """transport → median, of those that have one."""
    names = dict.fromkeys(name for name, _ in made)
    found = {name: median(made, name, key) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def curve(made: Forecasts, transport: str) -> Curve | None:
    """The predicted latencies of all rounds together; None where there are none."""
    rounds = [f.drawn.curve_ns for (name, _), f in made.items() if name == transport]
    latencies = [latency_ns for of_round in rounds for latency_ns in of_round]
    if not latencies:
        return None
    shares = np.linspace(0.0, 1.0, POINTS)
    values = np.maximum(np.quantile(latencies, shares, method="inverted_cdf"), 1.0)
    return Curve(transport, tuple(values.tolist()), tuple(shares.tolist()))
