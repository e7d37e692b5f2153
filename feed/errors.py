"""Errors that a command line answers: bad input, and a fault of pushbench itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InputError(ValueError):
    """What was wrong, where, and what would be right, in one line.

    The command line prints it without a traceback and exits with 2.
    """


class Fault(Exception):
    """Something unforeseen, in the middle of work on the results in `folder`: exit status 4."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder


@contextmanager
def results_in(folder: Path, *expected: type[Exception]) -> Iterator[None]:
    """Within it, any exception but InputError and those that are expected is raised as a Fault."""
    try:
        yield
    except Exception as error:
        if isinstance(error, (InputError, BrokenPipeError, *expected)):
            raise
        raise Fault(folder) from error
