"""Where a run is made: facts about the machine and the parts, for the run file."""

import os
import platform
import socket
from importlib.metadata import version
from pathlib import Path

import psutil

from loadgen.runfile.run import Machine

_LIBRARIES = ("aiohttp", "httptools", "msgspec", "numpy", "picows", "uvloop", "websockets")

# asyncio reads into a fresh 256 KiB buffer each time; by default glibc maps and unmaps it, and
# the process is charged for malloc instead of for its transport.
MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": str(4 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024 * 1024),
}


def prepare() -> None:
    """Set the allocator of every process that is started from here on: servers and workers."""
    os.environ.update(MALLOC)


def describe() -> Machine:
    """This machine, as it stands."""
    return Machine(
        host=socket.gethostname(),
        system=f"{platform.system()} {platform.release()}",
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else _cores(),
        memory_bytes=psutil.virtual_memory().total,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        congestion_control=_read("/proc/sys/net/ipv4/tcp_congestion_control"),
        network="loopback",
        malloc=MALLOC,
        libraries={name: version(name) for name in _LIBRARIES if _installed(name)},
    )


def _cores() -> int:
    return os.cpu_count() or 1


def _installed(name: str) -> bool:
    try:
        version(name)
    except ModuleNotFoundError:
        return False
    return True


def _processor() -> str:
    for line in _read("/proc/cpuinfo").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _read(path: str) -> str:
    """The file's text, or "" where this system has no such file."""
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
