"""A timer for an event loop, exact to some tens of µs where the loop's own timers count in ms.

On Linux it is a timerfd (timerfd_create(2)), by ctypes, as Python has it from 3.13 on only.
"""

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable
from time import monotonic_ns

_CLOCK_MONOTONIC = 1
_ABSOLUTE = 1  # TFD_TIMER_ABSTIME
_S_NS = 1_000_000_000


class Timer:
    """A timer of the running loop; here its own, up to 1 ms late.

    It fires once for each set(), at that instant or just after it; a new set() replaces the old.
    """

    def __init__(self, fire: Callable[[], None]) -> None:
        self._fire = fire
        self._handle: asyncio.TimerHandle | None = None

    def set(self, at_ns: int) -> None:
        """at_ns: by time.monotonic_ns(). In the past: in the loop's next iteration."""
        self.close()
        delay_s = max(0, at_ns - monotonic_ns()) / 1e9
        self._handle = asyncio.get_running_loop().call_later(delay_s, self._fire)

    def close(self) -> None:
        if self._handle is not None:
            self._handle.cancel()


class _TimerSpec(ctypes.Structure):
    """struct itimerspec."""

    _fields_ = [(name, ctypes.c_long) for name in ("each_s", "each_ns", "at_s", "at_ns")]


class _TimerFd(Timer):
    def __init__(self, fire: Callable[[], None]) -> None:
        super().__init__(fire)
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._spec = _TimerSpec()
        # Looked up once: set() runs for nearly every chunk that the relay carries.
        self._settime = libc.timerfd_settime
        self._address = ctypes.byref(self._spec)
        asyncio.get_running_loop().add_reader(self._fd, self._on_readable)

    def set(self, at_ns: int) -> None:
        self._spec.at_s, self._spec.at_ns = divmod(at_ns, _S_NS)
        self._settime(self._fd, _ABSOLUTE, self._address, None)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)

    def _on_readable(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return  # it was set anew since the loop saw it expire
        self._fire()


def timer(fire: Callable[[], None]) -> Timer:
    """The most exact timer that this system has, on the running loop."""
    return _TimerFd(fire) if sys.platform == "linux" else Timer(fire)
