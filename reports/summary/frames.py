"""A run as tidy pandas frames: one row an observation, for notebooks and for analyses of one's own.

pandas comes with the extra `frames`; nothing else in the reports needs it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from loadgen.runfile.figures import Figures, Layers
from loadgen.runfile.run import Run
from loadgen.runfile.run import load as load_run
from reports.summary.latency_curves import counted
from reports.summary.measures import MEASURES
from reports.summary.summary import summarise

QUANTILES = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0)
LAYERS = ("payload_bytes", "message_bytes", "protocol_bytes", "tcp_bytes", "ip_bytes")

Row = dict[str, Any]


@dataclass(frozen=True)
class Frames:
    """What one run measured. Each frame is made when it is asked for, and kept.

    Times are ns and bytes are bytes, as everywhere; a number that would mean nothing is missing.
    """

    run: Run

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row for each transport: the figures of `pushbench show`, medians over the rounds."""
        rows = [{"transport": s.transport, **s.published()} for s in summarise(self.run)]
        return pd.DataFrame(rows)

    @cached_property
    def trials(self) -> pd.DataFrame:
        """A row for each trial: transport, round, failure and every published measure."""
        keys = ["transport", "round", "started_at", "failure", *(m.key for m in MEASURES)]
        rows = []
        for trial in self.run.trials:
            row: Row = {
                "transport": trial.transport,
                "round": trial.round,
                "started_at": trial.started_at,
                "failure": trial.failure,
            }
            if trial.figures:
                row |= {measure.key: measure.of(trial.figures) for measure in MEASURES}
            rows.append(row)
        return pd.DataFrame(rows, columns=keys)

    @cached_property
    def quantiles(self) -> pd.DataFrame:
        """Rows of transport, round, quantile (0 to 1) and latency_ns, from the histograms (to three
        significant digits).
        """
        return self._frame(_quantiles, ["quantile", "latency_ns"])

    @cached_property
    def seconds(self) -> pd.DataFrame:
        """Rows of transport, round, at_s (since the window's start) and a step's counts and
        latencies (figures.Series).
        """
        columns = ["at_s", "expected", "delivered", "received", "message_bytes", "useful", "empty"]
        columns += ["latency_p50_ns", "latency_p99_ns", "latency_max_ns"]
        return self._frame(_seconds, columns)

    @cached_property
    def layers(self) -> pd.DataFrame:
        """Rows of transport, round, span (setup, window or whole), direction (up or down), layer
        and its bytes.
        """
        return self._frame(_layers, ["span", "direction", "layer", "bytes"])

    def _frame(self, rows: Callable[[Figures], Iterator[Row]], columns: list[str]) -> pd.DataFrame:
        """Of every trial that gave figures."""
        made = [
            {"transport": trial.transport, "round": trial.round, **row}
            for trial in self.run.trials
            if trial.figures
            for row in rows(trial.figures)
        ]
        return pd.DataFrame(made, columns=["transport", "round", *columns])


def load(path: str | Path) -> Frames:
    """The frames of a run file, or of a folder with a run.json. Raises InputError as it cannot."""
    return Frames(load_run(path))


def _quantiles(figures: Figures) -> Iterator[Row]:
    latency = figures.latency
    if latency is None or not latency.histogram:
        return
    values, times = np.array(sorted(counted(latency))).T
    reached = np.cumsum(times) / times.sum()
    for quantile in QUANTILES:
        place = int(np.searchsorted(reached, quantile - 1e-12))
        yield {"quantile": quantile, "latency_ns": int(values[min(place, values.size - 1)])}


def _seconds(figures: Figures) -> Iterator[Row]:
    series = figures.series
    if series is None:
        return
    for place in range(len(series.expected)):
        row: Row = {"at_s": place * series.step_ns / 1e9}
        for name in series.__struct_fields__[1:]:
            row[name] = getattr(series, name)[place]
        yield row


def _layers(figures: Figures) -> Iterator[Row]:
    spans = {"window": figures.window, "whole": figures.whole}
    if figures.setup:
        spans["setup"] = figures.setup.traffic
    for span, traffic in spans.items():
        for direction, layers in (("up", traffic.up), ("down", traffic.down)):
            for layer in LAYERS:
                yield _layer(span, direction, layers, layer)


def _layer(span: str, direction: str, layers: Layers, layer: str) -> Row:
    name = layer.removesuffix("_bytes")
    return {"span": span, "direction": direction, "layer": name, "bytes": getattr(layers, layer)}
