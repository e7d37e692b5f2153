"""A child process of one trial: started, awaited until it is ready, and ended whatever happens."""

import os
import queue
import subprocess
import tempfile
import threading
from typing import Generic, Self, TypeVar

import msgspec

from loadgen.errors import TrialFailed

READY_WITHIN_S = 30.0
ENDED_WITHIN_S = 5.0

Ready = TypeVar("Ready")


class Child(Generic[Ready]):
    """A subprocess as a context manager; `ready` is its first line of output, decoded.

    It runs in a session of its own, so that Ctrl-C reaches the load generator alone, and holds the
    other end of a pipe, so that it ends by itself should the load generator be killed.
    """

    ready: Ready
    _process: subprocess.Popen[bytes]

    def __init__(self, name: str, command: list[str], kind: type[Ready]) -> None:
        """name: what errors call it. kind: the type of its first line, which is JSON."""
        self._name = name
        self._command = command
        self._kind = kind
        self._stderr = tempfile.TemporaryFile()

    def __enter__(self) -> Self:
        """Start it and wait for its first line. Raises TrialFailed where that does not come."""
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
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with self._stderr, self._process as process:  # closes its pipes, and waits for its end
            process.terminate()
            try:
                process.wait(ENDED_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()

    def check(self) -> None:
        """Raises TrialFailed, with its last line of error output, where it no longer runs."""
        code = self._process.poll()
        if code is not None:
            outcome = f"killed by signal {-code}" if code < 0 else f"exit status {code}"
            self._stderr.seek(0)
            lines = self._stderr.read().decode(errors="replace").strip().splitlines()
            reason = f": {lines[-1]}" if lines else ""
            raise TrialFailed(f"{self._name} ended ({outcome}){reason}")

    def _read_ready(self) -> Ready:
        # In a thread, as no pipe has a time limit of its own that holds for a whole line.
        lines: queue.Queue[bytes] = queue.Queue()
        stdout = self._process.stdout
        assert stdout is not None
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
