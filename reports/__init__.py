"""`reports.load(path)` gives a run as tidy pandas frames (reports/summary/frames.py)."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.summary.frames import Frames


def load(path: str | Path) -> "Frames":
    """The frames of a run file, or of a folder with a run.json.

    Raises InputError where it cannot be read, or where pandas is not installed.
    """
    from loadgen.runfile.run import InputError

    try:
        from reports.summary.frames import load as load_frames  # here, as only this needs pandas
    except ModuleNotFoundError as error:
        raise InputError(f"{error.name} is missing: pip install 'pushbench[frames]'") from None
    return load_frames(path)
