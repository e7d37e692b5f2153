"""A run from Python, as `pushbench run` makes it: the same trials, progress and run file."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import mkdtemp

from loadgen.run import runner, scenario_loader
from loadgen.run.progress import Progress
from loadgen.runfile.scenario import Scenario
from loadgen.trial.trial import TrialSetup


def measure(
    scenario: str | Scenario = "chat",
    settings: Iterable[str] = (),
    *,
    folder: str | Path | None = None,
) -> Path:
    """Make every trial of a scenario; the folder with its run.json.

    scenario: a built-in one's name, a TOML file, or a Scenario. settings: changes to it, as after
    `--set`, such as "clients.count=50". folder: where the results go; None: a new one.

    Raises InputError for a wrong scenario or folder. A trial that fails is in the run file, with
    its reason. Call from a file under `if __name__ == "__main__":`, or from a notebook: the workers
    are processes of their own.
    """
    if not isinstance(scenario, Scenario):
        scenario = scenario_loader.load(scenario, settings)
    made = Path(folder or mkdtemp(prefix="pushbench-"))
    command = ["loadgen.measure", scenario.name, *settings]
    runner.run(scenario, made, command=command, setup=TrialSetup(), progress=Progress())
    return made
