"""What a person sees while a run is under way: a live line on a terminal, plain lines elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from loadgen.runfile.run import Trial
from loadgen.trial.planned import Planned

STARTING_S = 1.5  # a server and its workers, typically; refined by the trials as they end


class Progress:
    """Told of each trial's start, deliveries and end; says transport, round and time left."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._planned: list[Planned] = []
        self._done = 0
        self._took_s = 0.0
        self._trial: Planned | None = None
        self._trial_began = 0.0
        self._last = (0.0, 0)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def run_started(self, planned: list[Planned]) -> None:
        """All trials to come."""
        self._planned = planned
        scenario = planned[0].scenario
        self._print(
            f"{scenario.name}: {len(planned)} trials, {scenario.clients.count:,} clients, "
            f"about {_clock(self._left_s())}"
        )

    def trial_started(self, entry: Planned) -> None:
        self._trial, self._trial_began = entry, time.monotonic()
        self._last = (self._trial_began, 0)
        line = f"{self._place()} … {_clock(self._left_s())} left"
        if self._console.is_terminal:
            self._live.update(Text(line), refresh=True)
        else:
            self._print(line)

    def delivered(self, total: int) -> None:
        """Deliveries of this trial so far."""
        now = time.monotonic()
        before, had = self._last
        self._last = (now, total)
        per_s = (total - had) / (now - before) if now > before else 0.0
        if self._console.is_terminal:
            line = f"{self._place()}  {per_s:,.0f} deliveries/s  {_clock(self._left_s())} left"
            self._live.update(Text(line), refresh=True)

    def trial_ended(self, made: Trial) -> None:
        self._took_s += time.monotonic() - self._trial_began
        place = self._place()
        self._done += 1
        if made.figures is None:
            self._print(f"{place}: failed: {made.failure}", style="red")
            return
        counts = made.figures.deliveries
        self._print(f"{place}: {counts.delivered:,} of {counts.expected:,} delivered")

    def warn(self, text: str) -> None:
        """Something the person should know now."""
        self._print(text, style="yellow")

    def _place(self) -> str:
        assert self._trial is not None
        number, rounds = self._trial.round, self._trial.scenario.trial.rounds
        width = len(str(len(self._planned)))
        return (
            f"[{self._done + 1:>{width}}/{len(self._planned)}] "
            f"{self._trial.transport}, round {number} of {rounds}"
        )

    def _left_s(self) -> float:
        trial = self._planned[0].scenario.trial
        each_s = STARTING_S + trial.warmup_s + trial.duration_s + trial.drain_s / 2
        if self._done:
            each_s = self._took_s / self._done
        into_s = time.monotonic() - self._trial_began if self._trial_began else 0.0
        into_s = 0.0 if self._trial is None else min(into_s, each_s)
        return (len(self._planned) - self._done) * each_s - into_s

    def _print(self, line: str, style: str = "") -> None:
        self._console.print(Text(line, style=style), soft_wrap=True)


def _clock(seconds: float) -> str:
    return f"{max(0, round(seconds)) // 60}:{max(0, round(seconds)) % 60:02d}"
