"""Trials that are made sick on purpose: each is caught by its check.

A constant feed of 100 events/s to 8 clients. Whoever is paused stands still for 500 ms within the
window. As latency counts from the due time, the events of that time must show it, each of them what
was left of the pause when it was due.
"""

import sys
import threading
import time
from collections.abc import Callable

import numpy as np
import psutil
import pytest
from hdrh.histogram import HdrHistogram

from feed.spec import FeedSpec
from loadgen.runfile.figures import Distribution, Figures
from loadgen.runfile.run import Run
from loadgen.runfile.scenario import ClientsSpec, Scenario, TrialSpec
from loadgen.trial import trial
from loadgen.trial.planned import Planned
from reports.summary.health_checks import examine
from reports.summary.summary import summarise
from tests import starved
from tests.reports import runs

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="a process is paused by a signal"),
    pytest.mark.trial,
    pytest.mark.alone,
]

CLIENTS = 8
RATE_PER_S = 100.0
WARMUP_S, WINDOW_S = 0.5, 3.0
PAUSE_S = 0.5
# What shows of a pause beyond doubt: no event is as late as that on a machine that is only busy.
PLAIN_S = 0.1

SCENARIO = Scenario(
    feed=FeedSpec(schedule="constant", rate_per_s=RATE_PER_S, payload_bytes=20),
    clients=ClientsSpec(count=CLIENTS, headers="minimal", workers=1),
    trial=TrialSpec(warmup_s=WARMUP_S, duration_s=WINDOW_S, drain_s=2.0, rounds=1),
)


class Pause:
    """A trial's watcher that lets a process of it stand still once, half a second into the window.

    words: of the process's command line. took_s: how long it stood still.
    """

    def __init__(self, *words: str) -> None:
        self._words = words
        self._deliveries = RATE_PER_S * CLIENTS * (WARMUP_S + 0.5)
        self._timer: threading.Timer | None = None
        self._begun_s = 0.0
        self.took_s = 0.0

    def __call__(self, delivered: int) -> None:
        if self._timer is None and delivered >= self._deliveries:
            process = self._find()
            self._timer = threading.Timer(PAUSE_S, self._resume, (process,))
            process.suspend()
            self._begun_s = time.monotonic()
            self._timer.start()

    def _find(self) -> psutil.Process:
        children = psutil.Process().children()
        lines = {child: " ".join(child.cmdline()) for child in children}
        (found,) = (
            child for child in children if all(word in lines[child] for word in self._words)
        )
        return found

    def _resume(self, process: psutil.Process) -> None:
        process.resume()
        self.took_s = time.monotonic() - self._begun_s


def measured(transport: str, watcher: Callable[[int], None] = lambda delivered: None) -> Figures:
    return trial.measure(Planned(transport, 1, SCENARIO), trial.TrialSetup(), watcher)


def run(transport: str, figures: Figures) -> Run:
    return runs.run([runs.trial(transport, 1, figures)], SCENARIO)


def caught(transport: str, figures: Figures) -> set[str]:
    """The names of the checks that found something."""
    return {finding.check for finding in examine(run(transport, figures))}


def healthy(transport: str, figures: Figures) -> bool | None:
    """Of the generator, as the report will say."""
    by_name = {summary.transport: summary for summary in summarise(run(transport, figures))}
    return by_name[transport].generator_healthy


def slower(latency: Distribution | None, than_s: float) -> int:
    """How many of the samples took longer, by the recorded histogram."""
    assert latency is not None
    histogram = HdrHistogram.decode(latency.histogram)
    values = histogram.get_recorded_iterator()
    return sum(
        value.count_at_value_iterated_to
        for value in values
        if value.value_iterated_to > than_s * 1e9
    )


def assert_the_pause_shows(figures: Figures, pause_s: float) -> None:
    """In the right share of events, evenly from the whole pause down to nothing."""
    steps_s = np.linspace(PLAIN_S, pause_s, 5)
    beyond = [slower(figures.latency, step_s) for step_s in steps_s]
    shown = RATE_PER_S * CLIENTS * (pause_s - PLAIN_S)
    assert beyond[0] == pytest.approx(shown, rel=0.25)
    in_each_step = -np.diff(beyond)
    assert in_each_step == pytest.approx(np.full(4, shown / 4), rel=0.5)
    assert figures.latency is not None
    assert figures.latency.max_ns == pytest.approx(pause_s * 1e9, rel=0.25)
    counts = figures.deliveries
    assert counts.delivered == counts.expected == RATE_PER_S * CLIENTS * WINDOW_S


@pytest.mark.parametrize("transport", ["websocket", "long-poll"])
def test_a_server_that_stalls_is_caught_and_its_events_show_it(transport: str) -> None:
    pause = Pause("-m servers", transport)
    figures = measured(transport, pause)
    assert_the_pause_shows(figures, pause.took_s)
    assert "server stall" in caught(transport, figures)


def test_a_client_that_pauses_is_caught_and_its_events_show_it() -> None:
    pause = Pause("--multiprocessing-fork")
    figures = measured("websocket", pause)
    assert_the_pause_shows(figures, pause.took_s)
    assert "client pause" in caught("websocket", figures)
    assert healthy("websocket", figures) is False


def test_a_generator_that_starves_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "work", starved.work)
    figures = measured("websocket")
    # On a machine that is idle but for this test, "generator CPU" as well.
    assert "loop lag" in caught("websocket", figures)
    assert healthy("websocket", figures) is False
