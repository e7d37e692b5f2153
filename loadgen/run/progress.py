"""The progress of a run: a live line on a terminal, plain lines elsewhere."""

import time
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from loadgen.runfile.run import Trial
from loadgen.trial.planned import Planned

STARTING_S = 1.5  # a server and its workers, typically; refined by the trials as they end


class Progress:
    """Prints each trial's transport and round, its deliveries and its end, and the time left."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._planned: list[Planned] = []
        self._done = 0
        self._took_s = 0.0
        self._trial: Planned | None = None
        self._trial_began_s = 0.0
        self._last = (0.0, 0)  # when deliveries were counted, and how many

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def run_started(self, planned: list[Planned]) -> None:
        """planned: all trials to come."""
        self._planned = planned
        scenario = planned[0].scenario
        self._print(
            f"{scenario.name}: {len(planned)} trials, {scenario.clients.count:,} clients, "
            f"about {self._left()}"
        )

    def trial_started(self, entry: Planned) -> None:
        self._trial, self._trial_began_s = entry, time.monotonic()
        self._last = (self._trial_began_s, 0)
        line = f"{self._place()} … {self._left()} left"
        if self._console.is_terminal:
            self._live.update(Text(line), refresh=True)
        else:
            self._print(line)

    def delivered(self, total: int) -> None:
        """total: deliveries of this trial so far."""
        now_s = time.monotonic()
        (before_s, before), self._last = self._last, (now_s, total)
        per_s = (total - before) / (now_s - before_s) if now_s > before_s else 0.0
        if self._console.is_terminal:
            line = f"{self._place()}  {per_s:,.0f} deliveries/s  {self._left()} left"
            self._live.update(Text(line), refresh=True)

    def trial_ended(self, made: Trial) -> None:
        self._took_s += time.monotonic() - self._trial_began_s
        place = self._place()
        self._done += 1
        if made.figures is None:
            self._print(f"{place}: failed: {made.failure}", style="red")
            return
        counts = made.figures.deliveries
        self._print(f"{place}: {counts.delivered:,} of {counts.expected:,} delivered")

    def warn(self, text: str) -> None:
        """Print what the person should know now."""
        self._print(text, style="yellow")

    def _place(self) -> str:
        assert self._trial is not None
        number, rounds = self._trial.round, self._trial.scenario.trial.rounds
        width = len(str(len(self._planned)))
        return (
            f"[{self._done + 1:>{width}}/{len(self._planned)}] "
            f"{self._trial.transport}, round {number} of {rounds}"
        )

    def _left(self) -> str:
        """The time left, as m:ss."""
        trial = self._planned[0].scenario.trial
        each_s = STARTING_S + trial.warmup_s + trial.duration_s + trial.drain_s / 2
        if self._done:
            each_s = self._took_s / self._done
        left_s = (len(self._planned) - self._done) * each_s
        if self._trial is not None:
            left_s -= min(time.monotonic() - self._trial_began_s, each_s)
        minutes, seconds = divmod(max(0, round(left_s)), 60)
        return f"{minutes}:{seconds:02d}"

    def _print(self, line: str, style: str = "") -> None:
        self._console.print(Text(line, style=style), soft_wrap=True)
