"""The predictions for each trial of a run, made once and read by tables, findings and charts."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from feed.transport import parsed
from loadgen.runfile.run import Run
from reports.summary.latency_curves import POINTS, Curve
from reports.theory.model.inputs import ModelInputs, model_inputs
from reports.theory.predict import Prediction, expect, replayed


@dataclass(frozen=True)
class Forecast:
    """sampled: for the round's own due times. general: over all feeds of its kind.

    served: as sampled, where each answer to a long poll takes the whole allowance for serving: the
    next poll is out so much later, so fewer polls bring more events each.
    """

    inputs: ModelInputs
    sampled: Prediction
    general: Prediction
    served: Prediction


Forecasts = Mapping[tuple[str, int], Forecast]  # by transport, under its full name, and round
NONE: Forecasts = {}


def forecasts(run: Run) -> Forecasts:
    """Of each trial that gave figures, in the scenario's order of transports and then by round."""
    names = [*run.scenario.transports, *(trial.transport for trial in run.trials)]
    made: dict[tuple[str, int], Forecast] = {}
    for trial in sorted(run.trials, key=lambda trial: names.index(trial.transport)):
        if not trial.figures:
            continue
        inputs = model_inputs(run, trial)
        sampled = served = replayed(inputs)
        if parsed(inputs.transport).traits.delivery == "waiting":
            served = replayed(replace(inputs, serving_ns=inputs.allowance_ns))
        made[trial.transport, trial.round] = Forecast(inputs, sampled, expect(inputs), served)
    return made


def medians(made: Forecasts, key: str) -> dict[str, float]:
    """transport → median over the rounds of what is predicted for their own due times."""
    values: dict[str, list[float]] = {}
    for (name, _), forecast in made.items():
        if key in forecast.sampled.values:
            values.setdefault(name, []).append(forecast.sampled.values[key])
    return {name: statistics.median(of_rounds) for name, of_rounds in values.items()}


def curve(made: Forecasts, transport: str) -> Curve | None:
    """The predicted latencies of all rounds together; None where there are none."""
    own = (forecast for (name, _), forecast in made.items() if name == transport)
    latencies = [latency_ns for forecast in own for latency_ns in forecast.sampled.curve_ns]
    if not latencies:
        return None
    shares = np.linspace(0.0, 1.0, POINTS)
    values = np.maximum(np.quantile(latencies, shares, method="inverted_cdf"), 1.0)
    return Curve(transport, tuple(values.tolist()), tuple(shares.tolist()))
