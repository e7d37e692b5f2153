"""One worker: N clients in one event loop, through one trial. Runs in a process of its own."""

import asyncio
import contextlib
import signal
import time
from array import array
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from feed.process import Usage, loop_factory, loop_name, settle, usage
from feed.schedule import NS_PER_S
from loadgen.clients.browser.pages import Pages, opened
from loadgen.clients.client import Connected
from loadgen.errors import TrialFailed
from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.distribution import distribution
from loadgen.recording.recorder import Table
from loadgen.runfile.figures import BrowserFigures, WorkerFigures
from loadgen.under_test import control_client
from loadgen.worker import generator_health
from loadgen.worker.generator_health import LoopLag
from loadgen.worker.progress_datagrams import Reporter
from loadgen.worker.task import Result, Task
from loadgen.worker.workloads import PARTS

CONNECTING_AT_ONCE = 100
CONNECTED_WITHIN_S = 60.0
BARRIER_WITHIN_S = 60.0
LOOK_EACH_S = 0.1


@dataclass(frozen=True, kw_only=True)
class _Edge:
    """All counters, read in one go at one end of the window."""

    at_ns: int
    usage: Usage
    byte_counts: ByteCounts
    stolen: generator_health.Account | None
    browser: Usage | None


def work(task: Task) -> Result:
    """Connect, wait at the barrier, play the part through window and drain, fold.

    Raises TrialFailed.
    """
    with asyncio.Runner(loop_factory=loop_factory(task.loop)) as runner:
        return runner.run(_received_by_pages(task) if task.pages else _Worker(task).run())


async def _received_by_pages(task: Task) -> Result:
    """A worker that is told to end first ends its browser."""
    running = asyncio.current_task()
    assert running
    with contextlib.suppress(NotImplementedError):  # no signals here: then it is just ended
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    async with opened(len(task.share), task.url) as pages:
        return await _Worker(task, pages).run()


class _Worker:
    def __init__(self, task: Task, pages: Pages | None = None) -> None:
        """pages: those that are its clients; None: its clients are our own."""
        self._task = task
        self._window = task.window_ns
        self._ready = usage()
        self._pages = pages
        make = partial(pages.client, task.transport) if pages else None
        self._part = PARTS[task.scenario.workload](task, make)
        self._clients = self._part.clients
        self._connect_ns = array("q")
        self._reporter = Reporter(task.live, task.index)

    async def run(self) -> Result:
        try:
            await self._connect()
            settle()
            # What a server still sends after a handshake, such as TLS's tickets, belongs to it.
            await asyncio.sleep(self._task.scenario.link.longest_rtt_s)
            epoch_ns, begins_ns = await self._barrier()
            setup = self._byte_counts()
            self._part.start(epoch_ns, begins_ns)
            start, end, lag = await self._watch_window(begins_ns)
            await self._drain(begins_ns)
        finally:
            await self._close()
        browser = await self._told_by_browser(start, end)
        result = self._fold((epoch_ns, begins_ns - epoch_ns), setup, start, end, lag)
        return replace(result, browser=browser)

    async def _connect(self) -> None:
        # TCP's, TLS's and WebSocket's handshake take one round trip each, for batch after batch.
        batches = 1 + len(self._clients) // CONNECTING_AT_ONCE
        within_s = CONNECTED_WITHIN_S + 4 * batches * self._task.scenario.link.longest_rtt_s
        try:
            async with asyncio.timeout(within_s):
                for first in range(0, len(self._clients), CONNECTING_AT_ONCE):
                    batch = self._clients[first : first + CONNECTING_AT_ONCE]
                    await asyncio.gather(*(self._connect_one(client) for client in batch))
        except TimeoutError:
            raise TrialFailed(f"not connected within {within_s:g} s") from None
        except OSError as error:
            raise TrialFailed(f"cannot connect to the server: {error}") from None

    async def _connect_one(self, client: Connected) -> None:
        called_ns = time.monotonic_ns()
        await client.connect()
        self._connect_ns.append(time.monotonic_ns() - called_ns)

    def _byte_counts(self) -> ByteCounts:
        return sum((client.byte_counts() for client in self._clients), ByteCounts())

    async def _barrier(self) -> tuple[int, int]:
        """The feed's epoch and the trial's beginning, on this host's clock."""
        opening = await asyncio.to_thread(
            control_client.barrier,
            self._task.control,
            workers=self._task.workers,
            warmup_ns=self._window.start,
            duration_ns=len(self._window),
            timeout_s=BARRIER_WITHIN_S,
        )
        running = self._task.running
        epoch_ns = opening.epoch_ns - (running.clock_offset_ns if running else 0)
        return epoch_ns, epoch_ns + ((opening.begins_ns or opening.epoch_ns) - opening.epoch_ns)

    async def _watch_window(self, begins_ns: int) -> tuple[_Edge, _Edge, LoopLag]:
        await self._watch_until(begins_ns + self._window.start)
        start, lag = self._edge(), LoopLag()
        lag.start()
        await self._watch_until(begins_ns + self._window.stop)
        lag.stop()
        return start, self._edge(), lag

    async def _watch_until(self, instant_ns: int) -> None:
        """Let the clients work until then; TrialFailed as soon as one of them is cut off."""
        while (left_s := (instant_ns - time.monotonic_ns()) / 1e9) > 0:
            await asyncio.sleep(min(left_s, LOOK_EACH_S))
            self._look()

    def _look(self) -> None:
        for recorder in self._part.recorders:
            if recorder.failure:
                raise TrialFailed(recorder.failure)
        self._reporter.tell(sum(recorder.received for recorder in self._part.recorders))

    def _edge(self) -> _Edge:
        return _Edge(
            at_ns=time.monotonic_ns(),
            byte_counts=self._byte_counts(),
            usage=usage(),
            stolen=generator_health.Account.read(),
            browser=self._pages.usage() if self._pages else None,
        )

    async def _drain(self, begins_ns: int) -> None:
        """Wait for what is still due, and not a moment longer than it takes."""
        longest_drain_s = self._task.scenario.longest_drain_s(self._task.transport)
        give_up_ns = begins_ns + self._window.stop + round(longest_drain_s * NS_PER_S)
        while time.monotonic_ns() < give_up_ns:
            if self._part.is_over():
                return
            await asyncio.sleep(LOOK_EACH_S / 10)
            self._look()

    async def _told_by_browser(self, start: _Edge, end: _Edge) -> BrowserFigures | None:
        if self._pages is None or start.browser is None or end.browser is None:
            return None
        return await self._pages.figures(start.browser, end.browser)

    async def _close(self) -> None:
        self._part.stop()
        await asyncio.gather(*(client.close() for client in self._clients), return_exceptions=True)
        self._reporter.close()

    def _arrivals(self) -> Table:
        """Client after client, in the order in which they came."""
        return np.concatenate(
            [
                np.insert(recorder.arrivals(), 0, index, axis=1)
                for index, recorder in zip(self._task.share, self._part.recorders, strict=True)
            ]
        )

    def _fold(
        self, began_ns: tuple[int, int], setup: ByteCounts, start: _Edge, end: _Edge, lag: LoopLag
    ) -> Result:
        """began_ns: the feed's epoch, and the trial's beginning since then."""
        loop_lag = distribution(np.asarray(lag.samples_ns))
        if loop_lag is None:
            raise TrialFailed("the worker's event loop stood still through the whole window")
        return Result(
            tally=self._part.tally((start.at_ns, end.at_ns)),
            setup=setup,
            epoch_ns=began_ns[0],
            begins_ns=began_ns[1],
            connect_ns=np.asarray(self._connect_ns),
            window=end.byte_counts - start.byte_counts,
            whole=self._byte_counts(),
            arrivals=self._arrivals() if self._task.samples else None,
            stolen_share=generator_health.share(start.stolen, end.stolen, end.at_ns - start.at_ns),
            figures=WorkerFigures(
                clients=len(self._clients),
                ready=self._ready,
                window_start=start.usage,
                window_end=end.usage,
                loop_lag=loop_lag,
                loop=loop_name(self._task.loop),
            ),
        )
