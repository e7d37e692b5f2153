"""A worker that starves: its event loop has something else to do nearly all of the time."""

import asyncio
import time
from collections.abc import Callable
from unittest import mock

from feed.process import loop_factory
from loadgen.worker import worker
from loadgen.worker.task import Result, Task

BUSY_S = 0.03


def work(task: Task) -> Result:
    """loadgen.worker.worker.work in a loop that BUSY_S of other work are put into at each turn."""
    with mock.patch.object(worker, "loop_factory", _busy):
        return worker.work(task)


def _busy(choice: str) -> Callable[[], asyncio.AbstractEventLoop]:
    def make() -> asyncio.AbstractEventLoop:
        loop = loop_factory(choice)()
        loop.call_soon(_burn, loop)
        return loop

    return make


def _burn(loop: asyncio.AbstractEventLoop) -> None:
    end_s = time.thread_time() + BUSY_S
    while time.thread_time() < end_s:
        pass
    loop.call_soon(_burn, loop)
