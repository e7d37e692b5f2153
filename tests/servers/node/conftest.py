"""The servers on Node as processes, and the least of a client for each of their transports."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect

from feed.event import encode
from feed.schedule import events
from feed.spec import FeedSpec
from loadgen.under_test import server
from tests.servers.conftest import ROOT
from tests.servers.http_client import connected

FOLDER = ROOT / "servers" / "node"
WEBSOCKET = "websocket@nodejs-websocket"
TRANSPORTS = (WEBSOCKET, "socketio-websocket@node", "socketio-polling@node")

Ready = dict[str, Any]
Serve = Callable[..., Ready]
Told = tuple[int, int] | str  # the two ends of what is held, or why a cursor is bad


@pytest.fixture(scope="session")
def installed() -> None:
    """Node and the packages are there, or the test is skipped with the reason."""
    if shutil.which("npm") and not (FOLDER / "node_modules").is_dir():
        install = ["npm", "ci", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=FOLDER, capture_output=True, timeout=50, check=False)
    if missing := server.node_missing():
        pytest.skip(missing)


@pytest.fixture
def serve(installed: None) -> Iterator[Serve]:
    """Start `node servers/node` with these settings; it is ended with the test."""
    processes: list[subprocess.Popen[str]] = []

    def started(
        *, feed: FeedSpec, transports: Sequence[str] = TRANSPORTS, **further: object
    ) -> Ready:
        settings = {"transports": transports, "feed": feed, "until_stdin_closes": True, **further}
        popen = subprocess.Popen(
            server.command(settings),
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        processes.append(popen)
        assert popen.stdout is not None
        line = popen.stdout.readline()
        assert line, popen.communicate()[1]
        ready: Ready = json.loads(line)
        return ready

    yield started
    for popen in processes:
        out, err = popen.communicate()  # closes its standard input, which ends it
        assert (popen.returncode, out, err) == (0, "", "")


@pytest.fixture
def ten(tmp_path: Path) -> FeedSpec:
    """A feed of ten events, all due at once."""
    path = tmp_path / "ten.jsonl"
    lines = [{"t": 0.0, "data": f'größer ✓ "{number}" \\ \n\t\x01'} for number in range(10)]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return FeedSpec(schedule="trace", trace=str(path))


def encoded(feed: FeedSpec, count: int) -> list[str]:
    """The first events as Python's servers push them."""
    return [encode(event).decode() for event, _ in zip(events(feed), range(count), strict=False)]


async def published(ready: Ready, count: int) -> None:
    """Ask until so many events have been published."""
    async with connected(ready["control"]) as control:
        while (await control.get("/figures")).json["published"]["last_seq"] < count:
            await asyncio.sleep(0)


@asynccontextmanager
async def subscribed(name: str, url: str, after: str | None) -> AsyncIterator[AsyncIterator[str]]:
    """The texts of the events that come; then, where the server says why it ends, Ended."""
    received = _PEERS[name](url, after)
    try:
        yield received
    finally:
        await received.aclose()  # type: ignore[attr-defined]


class Ended(Exception):
    def __init__(self, told: Told) -> None:
        super().__init__(told)
        self.told = told


async def told(name: str, url: str, after: str) -> Told:
    async with subscribed(name, url, after) as received:
        with pytest.raises(Ended) as caught:
            await anext(received)
    return caught.value.told


async def _websocket(url: str, after: str | None) -> AsyncIterator[str]:
    from tests.servers.test_contract import GapTold, subscribes
    from tests.servers.test_contract import Told as Refused

    try:
        async for event in subscribes(url, after):
            yield encode(event).decode()
    except Refused as refused:
        gap = refused.what
        raise Ended((gap.first_seq, gap.last_seq) if isinstance(gap, GapTold) else gap) from None


async def _socketio_websocket(url: str, after: str | None) -> AsyncIterator[str]:
    async with connect(f"{url}?EIO=4&transport=websocket", max_queue=None) as connection:
        assert str(await connection.recv()).startswith("0{")
        await connection.send(_joining(after))
        async for packet in connection:
            for event in _packets(str(packet)):
                yield event


async def _socketio_polling(url: str, after: str | None) -> AsyncIterator[str]:
    async with connected(url) as connection:
        path = f"{urlsplit(url).path}?EIO=4&transport=polling"
        opened = await connection.get(path)
        path += f"&sid={json.loads(opened.body[1:])['sid']}"
        connection.ask(path, "POST", _joining(after).encode())
        assert (await connection.answer()).status == 200
        while True:
            body = (await connection.get(path)).body.decode()
            for packet in body.split("\x1e"):
                for event in _packets(packet):
                    yield event


def _joining(after: str | None) -> str:
    """CONNECT to the namespace "/", with the cursor as a number where it is one."""
    if after is None:
        return "40"
    return f'40{{"after":{after if after.isdigit() else json.dumps(after)}}}'


def _packets(packet: str) -> Iterator[str]:
    """The event of a packet, none for one that only greets. Raises Ended."""
    kind, body = packet[:2], packet[2:]
    if kind == "44":
        raise Ended(json.loads(body)["message"])
    if kind == "42" and body.startswith('["gap",'):
        gap = json.loads(body)[1]
        raise Ended((gap["first_seq"], gap["last_seq"]))
    if kind == "42":
        yield body.removeprefix('["event",').removesuffix("]")


_PEERS: dict[str, Callable[[str, str | None], AsyncIterator[str]]] = {
    WEBSOCKET: _websocket,
    "socketio-websocket@node": _socketio_websocket,
    "socketio-polling@node": _socketio_polling,
}
