"""The machine of a run: facts about it and its libraries, and the allocator that it is given."""

import contextlib
import platform
import re
import socket
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from loadgen.runfile.run import Machine
from loadgen.trial.worker_pool import usable_cores

_LIBRARIES = ("aiohttp", "httptools", "msgspec", "numpy", "picows", "uvloop", "websockets")

# asyncio reads into a fresh 256 KiB buffer each time; by default glibc maps and unmaps it, and
# the process is charged for malloc instead of for its transport.
MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": str(4 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024 * 1024),
}


def describe() -> Machine:
    """Facts about this machine, for the run file."""
    models = re.findall(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    libraries = {}
    for name in _LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            libraries[name] = version(name)
    return Machine(
        host=socket.gethostname(),
        system=f"{platform.system()} {platform.release()}",
        processor=models[0].strip() if models else platform.processor() or platform.machine(),
        cores=usable_cores(),
        memory_bytes=psutil.virtual_memory().total,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        congestion_control=_read("/proc/sys/net/ipv4/tcp_congestion_control"),
        network="loopback",
        malloc=MALLOC,
        libraries=libraries,
    )


def _read(path: str) -> str:
    """The file's text, or "" where this system has no such file."""
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
