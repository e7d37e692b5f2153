"""A process that is started for one trial, says when it is ready, and is ended whatever happens."""

import os
import queue
import subprocess
import tempfile
import threading
from types import TracebackType
from typing import IO, Generic, Self, TypeVar

import msgspec

from loadgen.errors import TrialFailed

READY_WITHIN_S = 30.0
ENDED_WITHIN_S = 5.0

Ready = TypeVar("Ready")


class Child(Generic[Ready]):
    """A subprocess; a context manager that leaves nothing behind. `ready` is its first line.

    It runs in a session of its own, so that Ctrl-C reaches the load generator alone, and holds the
    other end of a pipe, so that it ends by itself should the load generator be killed.
    """

    ready: Ready

    def __init__(self, name: str, command: list[str], kind: type[Ready]) -> None:
        """name: what the person is told it is. kind: what the first line holds, as JSON."""
        self._name = name
        self._command = command
        self._kind = kind
        self._stderr: IO[bytes] = tempfile.TemporaryFile()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            start_new_session=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        try:
            self.ready = self._read_ready()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def check(self) -> None:
        """Raises TrialFailed where the process is no longer running."""
        assert self._process is not None
        code = self._process.poll()
        if code is not None:
            raise TrialFailed(f"{self._name} ended ({_outcome(code)}){self._last_words()}")

    def _read_ready(self) -> Ready:
        """Wait for the ready line: for the line itself, or the end of the process."""
        assert self._process is not None
        assert self._process.stdout is not None
        lines: queue.Queue[bytes] = queue.Queue()
        stdout = self._process.stdout
        threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True).start()
        try:
            line = lines.get(timeout=READY_WITHIN_S)
        except queue.Empty:
            raise TrialFailed(f"{self._name} was not ready within {READY_WITHIN_S:g} s") from None
        if not line:
            self._process.wait(ENDED_WITHIN_S)
            self.check()
        try:
            return msgspec.json.decode(line, type=self._kind)
        except msgspec.DecodeError as error:
            what = f"{self._name}'s first line is not its ready line"
            raise TrialFailed(f"{what}: {error}") from None

    def _end(self) -> None:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.terminate()
        try:
            process.wait(ENDED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdin.close()
        process.stdout.close()
        self._stderr.close()

    def _last_words(self) -> str:
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""


def _outcome(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit status {code}"
