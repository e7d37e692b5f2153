"""Servers on port 0: within the test, and as a process."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from feed.history import History
from servers.registry import opened
from servers.settings import ServerSettings

ROOT = Path(__file__).parents[2]


class Open(Protocol):
    """Serve a History over some transports for the rest of the test; gives transport -> URL."""

    async def __call__(self, history: History, *names: str, **settings: Any) -> dict[str, str]: ...


@pytest.fixture
async def serving() -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def serve(history: History, *names: str, **settings: Any) -> dict[str, str]:
            chosen = ServerSettings(transports=names, **settings)
            return await stack.enter_async_context(opened(chosen, history))

        yield serve


class Process(NamedTuple):
    """A server process that has printed its ready line."""

    popen: "subprocess.Popen[str]"
    ready: dict[str, Any]


def start(*arguments: str, **settings: object) -> "subprocess.Popen[str]":
    """`python -m servers` with these settings as JSON, or with these arguments."""
    return subprocess.Popen(
        [sys.executable, "-m", "servers", *(arguments or [json.dumps(settings)])],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def launch() -> Iterator[Callable[..., Process]]:
    """Start `python -m servers` with these settings; it is ended with the test."""
    processes: list[subprocess.Popen[str]] = []

    def launched(**settings: object) -> Process:
        popen = start(**settings)
        processes.append(popen)
        assert popen.stdout is not None
        line = popen.stdout.readline()
        assert line, popen.communicate()[1]
        return Process(popen, json.loads(line))

    yield launched
    for popen in processes:
        popen.kill()
        with popen:  # waits for it, and closes its pipes
            pass
