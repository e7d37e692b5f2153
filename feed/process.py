"""A measured process: its event loop, its garbage collector, and what it has used so far.

Both ends of the feed must be measured in the same way, so both take these from here.
"""

import asyncio
import contextlib
import gc
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from importlib.metadata import version

import msgspec
import psutil

try:
    import uvloop
except ImportError:  # no build of it for this platform: asyncio's own loop serves
    uvloop = None  # type: ignore[assignment]


class Usage(msgspec.Struct, frozen=True):
    """What the calling process has used since it began.

    at_ns                 time.monotonic_ns() of the reading.
    user_ns, system_ns    CPU time of all its threads.
    rss_bytes             resident memory at this instant.
    """

    at_ns: int
    user_ns: int
    system_ns: int
    rss_bytes: int

    @property
    def cpu_ns(self) -> int:
        return self.user_ns + self.system_ns


_process = psutil.Process()

# Containers made and not yet freed before the collector looks for cycles among them. Its default of
# 700 is crossed dozens of times in each burst to a thousand clients, and nothing is found: what a
# request makes is freed by its reference count (docs/adr/0012).
COLLECT_AFTER = 100_000


def usage() -> Usage:
    """Read the calling process's figures now; CPU time counts in µs (getrusage)."""
    cpu = resource.getrusage(resource.RUSAGE_SELF)
    rss_bytes = _process.memory_info().rss
    return Usage(
        at_ns=time.monotonic_ns(),
        user_ns=round(cpu.ru_utime * 1e9),
        system_ns=round(cpu.ru_stime * 1e9),
        rss_bytes=rss_bytes,
    )


def loop_factory(choice: str = "uvloop") -> Callable[[], asyncio.AbstractEventLoop]:
    """The factory for asyncio.Runner: uvloop's where it is chosen and installed, else asyncio's."""
    return uvloop.new_event_loop if uvloop and choice == "uvloop" else asyncio.new_event_loop


def loop_name(choice: str = "uvloop") -> str:
    """What loop_factory(choice) makes, with its version: for the run file."""
    return f"uvloop {version('uvloop')}" if uvloop and choice == "uvloop" else "asyncio"


def tune_gc() -> None:
    """Collect garbage, take what is left out of later collections, and have fewer of them.

    Called once everything is connected: a full collection over thousands of live connections
    would otherwise stop the process for milliseconds in the middle of the window.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])


def stop_event(*, until_stdin_closes: bool = True) -> asyncio.Event:
    """An event that SIGINT, SIGTERM or the end of standard input sets; for the running loop."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def watch_stdin() -> None:
        # os.read, not sys.stdin: a thread that held its lock would trip the interpreter's end.
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop may be closed by now
            loop.call_soon_threadsafe(stop.set)

    if until_stdin_closes:
        threading.Thread(target=watch_stdin, daemon=True).start()
    return stop
