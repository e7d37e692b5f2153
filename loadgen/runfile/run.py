"""The run file: a Run as one versioned JSON document (docs/reference/run-file.md).

The load generator writes it; the reports read it and nothing else.
"""

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Literal

import msgspec

from feed.errors import InputError as InputError  # for the reports too
from loadgen.runfile.figures import Figures, Record
from loadgen.runfile.scenario import Scenario

FORMAT = "pushbench-run"
VERSION = 1


class Trial(Record, frozen=True):
    """One transport in one round. It has either `figures` or a `failure`.

    failure  why the trial has no figures, in one line; "" where it has them.
    """

    transport: str
    round: int  # from 1 on
    started_at: str  # ISO 8601, UTC
    failure: str = ""
    figures: Figures | None = None


class Machine(Record, frozen=True):
    """The machine of a run, and the libraries on it."""

    host: str
    system: str
    processor: str
    cores: int
    memory_bytes: int
    python: str
    congestion_control: str  # of TCP; "" where the system does not name it
    network: str  # between clients and server, e.g. "loopback"
    malloc: dict[str, str]  # settings of the C library's allocator in every measured process
    libraries: dict[str, str]


class Run(Record, frozen=True, kw_only=True):
    """A whole run: rounds of trials of one scenario, in the order in which they were made."""

    format: Literal["pushbench-run"] = "pushbench-run"
    version: int = VERSION
    pushbench: str  # the version of pushbench that measured
    started_at: str  # ISO 8601, UTC
    command: str
    seed: int  # of the order of the trials and of the clients' phases
    scenario: Scenario
    machine: Machine
    target: str = ""  # URL of a server that ran already; "": each trial had a fresh one of ours
    trials: tuple[Trial, ...] = ()


class _Head(msgspec.Struct):
    format: str = ""
    version: int = 0


def save(run: Run, path: Path) -> None:
    """Write the run file. Raises OSError as write_whole() does."""
    write_whole(path, msgspec.json.format(msgspec.json.encode(run), indent=1))


def write_whole(path: Path, text: bytes) -> None:
    """Write a file so that `path` is at every instant a complete one, the old or the new.

    Raises OSError where the folder cannot be written or the disk is full; the old file stays.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def load(path: str | Path) -> Run:
    """Read a run file; a folder stands for the run.json in it.

    Raises InputError where it is missing, truncated, of another version, or no run at all.
    """
    path = Path(path) / "run.json" if Path(path).is_dir() else Path(path)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot read the run file: {error.strerror}") from None
    try:
        head = msgspec.json.decode(text, type=_Head)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a run file, or a truncated one: {error}") from None
    if head.format != FORMAT:
        raise InputError(f'{path}: not a run file: "format" must be "{FORMAT}"')
    if head.version != VERSION:
        raise InputError(
            f"{path}: run file version {head.version}; this pushbench reads version {VERSION}"
        )
    try:
        return msgspec.json.decode(text, type=Run)
    except msgspec.ValidationError as error:
        raise InputError(f"{path}: a run file with a wrong entry: {error}") from None
