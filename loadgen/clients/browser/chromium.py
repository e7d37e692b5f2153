"""A Chromium without a window: a process of its own, which is ended whatever happens.

It is controlled over a pipe and ends by itself when the other end of that pipe is gone, so that a
load generator that was killed leaves none behind.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator

import msgspec
import psutil

from feed.process import Usage
from loadgen.clients.browser.devtools import LONGEST_MESSAGE_BYTES, DevTools
from loadgen.errors import TrialFailed

NAMES = ("chromium", "chromium-browser", "google-chrome")
READY_WITHIN_S = 30.0
ENDED_WITHIN_S = 5.0
# What a browser does by itself would be measured along, and a page that is not visible is slowed
# down. A page that did not come from the network may not open a WebSocket to this host, unless
# LocalNetworkAccessChecks are off.
FLAGS = """
--headless --remote-debugging-pipe --no-sandbox --disable-gpu --no-first-run
--no-default-browser-check --disable-background-networking --disable-component-update
--disable-sync --disable-extensions --disable-breakpad --disable-background-timer-throttling
--disable-renderer-backgrounding --disable-backgrounding-occluded-windows
--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets
--proxy-server=direct:// --lang=en-US
""".split()
# Chromium reads commands from descriptor 3 and answers on descriptor 4.
_REDIRECTED = 'exec "$0" "$@" 3<&0 4>&1 </dev/null >&2'


class _Version(msgspec.Struct, rename="camel"):
    product: str  # such as "Chrome/156.0.8078.79"
    user_agent: str


class Chromium:
    """A browser that runs.

    devtools  its channel.
    version   such as "Chrome 156.0.8078.79".
    agent     the User-Agent that the same browser has with a window.
    """

    def __init__(self, devtools: DevTools, process: psutil.Process, version: _Version) -> None:
        self.devtools = devtools
        self.version = version.product.replace("/", " ").removeprefix("Headless")
        self.agent = version.user_agent.replace("Headless", "")
        self._process = process

    def usage(self) -> Usage:
        """What its processes that live now have used since they began, added up.

        CPU counts in hundredths of a second. Memory that processes share counts in each of them.
        """
        user_s = system_s = 0.0
        rss_bytes = 0
        for process in (self._process, *_descendants(self._process.pid)):
            with contextlib.suppress(psutil.NoSuchProcess), process.oneshot():
                cpu = process.cpu_times()
                user_s, system_s = user_s + cpu.user, system_s + cpu.system
                rss_bytes += process.memory_info().rss
        return Usage(
            at_ns=time.monotonic_ns(),
            user_ns=round(user_s * 1e9),
            system_ns=round(system_s * 1e9),
            rss_bytes=rss_bytes,
        )


def executable() -> str | None:
    """The path of the Chromium that is installed; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.asynccontextmanager
async def launched(path: str) -> AsyncIterator[Chromium]:
    """A fresh Chromium with a fresh profile, both gone after the context. Raises TrialFailed."""
    with tempfile.TemporaryDirectory(prefix="pushbench-", ignore_cleanup_errors=True) as profile:
        child = await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", _REDIRECTED, path, *FLAGS, f"--user-data-dir={profile}"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=LONGEST_MESSAGE_BYTES,
            start_new_session=True,  # Ctrl-C reaches the load generator alone
        )
        assert child.stdout
        assert child.stdin
        devtools = DevTools(child.stdout, child.stdin)
        reading = asyncio.create_task(devtools.read())
        try:
            yield Chromium(devtools, psutil.Process(child.pid), await _version(devtools))
        finally:
            await asyncio.shield(_end(child, devtools))
            reading.cancel()
            await asyncio.wait([reading])


async def _version(devtools: DevTools) -> _Version:
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            return msgspec.json.decode(await devtools.send("Browser.getVersion"), type=_Version)
    except TimeoutError:
        raise TrialFailed(f"Chromium was not ready within {READY_WITHIN_S:g} s") from None
    except ConnectionError as error:
        raise TrialFailed(f"Chromium did not start: {error}") from None


async def _end(child: asyncio.subprocess.Process, devtools: DevTools) -> None:
    """Ask it to close, wait a little, and kill what is left of its processes."""
    processes = _descendants(child.pid)
    devtools.send("Browser.close")
    try:
        async with asyncio.timeout(ENDED_WITHIN_S):
            await child.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
    _, left = await asyncio.to_thread(psutil.wait_procs, processes, ENDED_WITHIN_S)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
