"""Servers on port 0, and the least of a client for each transport."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import msgspec
import pytest

from feed.event import Event
from feed.history import History
from servers.settings import ServerSettings
from servers.transports import opened

ROOT = Path(__file__).parents[2]


def event(seq: int, data: str = "text") -> Event:
    return Event(seq, seq * 1_000, data)


def extend(history: History, count: int, data: str = "text") -> None:
    """Append `count` events."""
    for seq in range(history.last_seq + 1, history.last_seq + count + 1):
        history.append(event(seq, data))


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until something is so; the test's own time limit ends it if it never is."""
    while not condition():
        await asyncio.sleep(0)


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


class Answer(NamedTuple):
    status: int
    head: bytes  # from the status line through the blank line
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.decode().split("\r\n")[1:-2]
        return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One HTTP connection that shows the very bytes of an answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def ask(self, target: str, method: str = "GET", body: bytes = b"", extra: str = "") -> None:
        """Send a request; `extra` are header lines, each with its line end."""
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        head = f"{method} {target} HTTP/1.1\r\nHost: test\r\n{length}{extra}\r\n"
        self._writer.write(head.encode() + body)

    async def answer(self) -> Answer:
        head = await self._reader.readuntil(b"\r\n\r\n")
        answer = Answer(int(head.split()[1]), head, b"")
        length = int(answer.headers.get("content-length", "0"))
        return answer._replace(body=await self._reader.readexactly(length))

    async def get(self, target: str, extra: str = "") -> Answer:
        self.ask(target, extra=extra)
        return await self.answer()

    async def post(self, target: str, body: object) -> Answer:
        self.ask(target, "POST", msgspec.json.encode(body))
        return await self.answer()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()


class Process(NamedTuple):
    """A server process that has printed its ready line."""

    popen: "subprocess.Popen[str]"
    ready: dict[str, Any]


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "servers", *arguments],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def launch() -> Iterator[Callable[..., Process]]:
    """Start `python -m servers` with these arguments; it is ended with the test."""
    processes: list[subprocess.Popen[str]] = []

    def launched(*arguments: str) -> Process:
        popen = start(*arguments)
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
