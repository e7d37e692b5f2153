"""The runner: every transport once a round, in a fresh random order each round."""

import contextlib
import os
import shlex
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from feed.errors import InputError
from loadgen.clients.browser import pages
from loadgen.errors import Interrupted, TrialFailed
from loadgen.run import machine
from loadgen.run.progress import Progress
from loadgen.run.trial_order import plan
from loadgen.runfile.run import Run, Trial, save
from loadgen.runfile.scenario import Scenario
from loadgen.trial.trial import TrialSetup, measure
from loadgen.under_test import server
from loadgen.under_test.link import netem

INTERRUPTED = "interrupted (Ctrl-C)"


def run(
    scenario: Scenario,
    folder: Path,
    *,
    command: Sequence[str],
    setup: TrialSetup,
    progress: Progress,
) -> Run:
    """Make every trial of the scenario; folder/run.json is saved anew after each.

    A trial that fails is kept with its reason, and the run goes on. Raises InputError where the
    folder cannot be written, or this machine lacks what link, server or browser need, and
    Interrupted on Ctrl-C, after saving.
    """
    netem.require(scenario.link)
    if not setup.target:
        server.require(scenario)
    pages.require(scenario)
    path = prepare_folder(folder) / "run.json"
    os.environ.update(machine.MALLOC)  # of each process from here on: servers and workers
    record = Run(
        pushbench=version("pushbench"),
        started_at=_now(),
        command=shlex.join(command),
        seed=scenario.feed.seed,
        scenario=scenario,
        machine=machine.describe(),
        target=setup.target,
    )
    planned = plan(scenario, bool(setup.target))
    with progress:
        progress.run_started(planned)
        for entry in planned:
            started_at, figures, failure = _now(), None, ""
            progress.trial_started(entry)
            try:
                figures = measure(entry, setup, progress.delivered)
            except TrialFailed as error:
                failure = str(error)
            except KeyboardInterrupt:
                failure = INTERRUPTED
            made = Trial(entry.transport, entry.round, started_at, failure, figures)
            progress.trial_ended(made)
            record = msgspec.structs.replace(record, trials=(*record.trials, made))
            _save(record, path, progress)
            if failure == INTERRUPTED:
                raise Interrupted
    return record


def prepare_folder(folder: Path) -> Path:
    """Make the folder where it is missing, and write a file there, as a check.

    Raises InputError where that fails: before the first trial, and not after the last.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise InputError(f"{folder}: cannot write the results there: {error.strerror}") from None


def _save(record: Run, path: Path, progress: Progress) -> None:
    """Save; where that fails, as on a full disk, the last whole file stays and this one goes
    to the folder for temporary files, and the next trial tries again.
    """
    try:
        save(record, path)
    except OSError as error:
        spare = Path(tempfile.gettempdir()) / f"pushbench-{os.getpid()}-run.json"
        progress.warn(f"{path}: not saved: {error.strerror}; kept in {spare} until it can be")
        with contextlib.suppress(OSError):
            save(record, spare)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
