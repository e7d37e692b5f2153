"""The other end of a microbenchmark: a process of its own, spoken to in lines."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def partner(module: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """`python -m tests.microbench.<module>`, which ends when its standard input does."""
    command = [sys.executable, "-m", f"tests.microbench.{module}", *map(str, arguments)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=10)


def say(process: "subprocess.Popen[str]", line: str) -> None:
    """Send it one line."""
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def hear(process: "subprocess.Popen[str]") -> str:
    """Wait for its next line."""
    assert process.stdout is not None
    return process.stdout.readline().strip()
