"""One worker: N clients in one event loop, through one trial. Runs in a process of its own."""

import asyncio
import contextlib
import signal
import time
from array import array
from dataclasses import dataclass
from functools import partial

import numpy as np

from feed.process import Usage, loop_factory, loop_name, tune_gc, usage
from feed.schedule import NS_PER_S
from loadgen.clients.browser.pages import Pages, opened
from loadgen.clients.client import Connected
from loadgen.errors import TrialFailed
from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.distribution import distribution
from loadgen.runfile.figures import WorkerFigures
from loadgen.under_test.control_client import wait_at_barrier
from loadgen.worker.generator_health import CpuCounters, LoopLag, stolen_share
from loadgen.worker.progress_datagrams import Reporter
from loadgen.worker.task import Result, Task
from loadgen.worker.workloads import WORKLOADS

CONNECTING_AT_ONCE = 100
CONNECTED_WITHIN_S = 60.0
BARRIER_WITHIN_S = 60.0
CHECK_EACH_S = 0.1
DRAIN_CHECK_EACH_S = 0.01


@dataclass(frozen=True, kw_only=True)
class _Counters:
    """All counters, read at one end of the window. browser: None without pages."""

    at_ns: int
    usage: Usage
    byte_counts: ByteCounts
    cpu: CpuCounters | None
    browser: Usage | None


def work(task: Task) -> Result:
    """Connect, wait at the barrier, run the workload, drain and aggregate. Raises TrialFailed."""
    with asyncio.Runner(loop_factory=loop_factory(task.loop)) as runner:
        return runner.run(_work_with_pages(task) if task.pages else _Worker(task).run())


async def _work_with_pages(task: Task) -> Result:
    """Work with pages of a browser, which ends with the worker, even one that SIGTERM ends."""
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
        self._workload = WORKLOADS[task.scenario.workload](task, make)
        self._clients = self._workload.clients
        self._connect_ns = array("q")
        self._reporter = Reporter(task.progress, task.index)

    async def run(self) -> Result:
        lag = LoopLag()
        try:
            await self._connect()
            tune_gc()
            # Bytes that a server sends after a handshake, such as TLS's tickets, count as set-up.
            await asyncio.sleep(self._task.scenario.link.longest_rtt_s)
            epoch_ns, begins_ns = await self._wait_at_barrier()
            setup = self._byte_counts()
            self._workload.start(epoch_ns, begins_ns)
            await self._watch_until(begins_ns + self._window.start)
            start = self._read_counters()
            lag.start()
            await self._watch_until(begins_ns + self._window.stop)
            lag.stop()
            end = self._read_counters()
            # What is still due may take this long, and is not waited for any longer.
            longest_drain_s = self._task.scenario.longest_drain_s(self._task.transport)
            give_up_ns = begins_ns + self._window.stop + round(longest_drain_s * NS_PER_S)
            while not self._workload.is_over() and time.monotonic_ns() < give_up_ns:
                await asyncio.sleep(DRAIN_CHECK_EACH_S)
                self._check_clients()
        finally:
            self._workload.stop()
            closing = (client.close() for client in self._clients)
            await asyncio.gather(*closing, return_exceptions=True)
            self._reporter.close()
        loop_lag = distribution(np.asarray(lag.samples_ns))
        if loop_lag is None:
            raise TrialFailed("the worker's event loop stood still through the whole window")
        browser = None
        if self._pages and start.browser and end.browser:
            browser = await self._pages.figures(start.browser, end.browser)
        arrivals = None
        if self._task.samples:  # client after client, in the order in which they came
            numbered = zip(self._task.share, self._workload.recorders, strict=True)
            tables = [np.insert(each.arrivals(), 0, index, axis=1) for index, each in numbered]
            arrivals = np.concatenate(tables)
        return Result(
            tally=self._workload.tally((start.at_ns, end.at_ns)),
            setup=setup,
            epoch_ns=epoch_ns,
            begins_ns=begins_ns - epoch_ns,
            connect_ns=np.asarray(self._connect_ns),
            window=end.byte_counts - start.byte_counts,
            whole=self._byte_counts(),
            arrivals=arrivals,
            stolen_share=stolen_share(start.cpu, end.cpu, end.at_ns - start.at_ns),
            browser=browser,
            figures=WorkerFigures(
                clients=len(self._clients),
                ready=self._ready,
                window_start=start.usage,
                window_end=end.usage,
                loop_lag=loop_lag,
                loop=loop_name(self._task.loop),
            ),
        )

    async def _connect(self) -> None:
        async def connect(client: Connected) -> None:
            called_ns = time.monotonic_ns()
            await client.connect()
            self._connect_ns.append(time.monotonic_ns() - called_ns)

        # TCP's, TLS's and WebSocket's handshake take one round trip each, for batch after batch.
        batches = 1 + len(self._clients) // CONNECTING_AT_ONCE
        within_s = CONNECTED_WITHIN_S + 4 * batches * self._task.scenario.link.longest_rtt_s
        try:
            async with asyncio.timeout(within_s):
                for first in range(0, len(self._clients), CONNECTING_AT_ONCE):
                    batch = self._clients[first : first + CONNECTING_AT_ONCE]
                    await asyncio.gather(*(connect(client) for client in batch))
        except TimeoutError:
            raise TrialFailed(f"not connected within {within_s:g} s") from None
        except OSError as error:
            raise TrialFailed(f"cannot connect to the server: {error}") from None

    def _byte_counts(self) -> ByteCounts:
        return sum((client.byte_counts() for client in self._clients), ByteCounts())

    async def _wait_at_barrier(self) -> tuple[int, int]:
        """The feed's epoch and the trial's beginning, in ns on this host's monotonic clock."""
        opening = await asyncio.to_thread(
            wait_at_barrier,
            self._task.control,
            workers=self._task.workers,
            warmup_ns=self._window.start,
            duration_ns=len(self._window),
            timeout_s=BARRIER_WITHIN_S,
        )
        offset_ns = self._task.running.clock_offset_ns if self._task.running else 0
        begins_ns = opening.begins_ns or opening.epoch_ns
        return opening.epoch_ns - offset_ns, begins_ns - offset_ns

    async def _watch_until(self, instant_ns: int) -> None:
        """Let the clients work until then; TrialFailed as soon as one of them is cut off."""
        while (left_s := (instant_ns - time.monotonic_ns()) / 1e9) > 0:
            await asyncio.sleep(min(left_s, CHECK_EACH_S))
            self._check_clients()

    def _check_clients(self) -> None:
        for recorder in self._workload.recorders:
            if recorder.failure:
                raise TrialFailed(recorder.failure)
        self._reporter.send(sum(recorder.received for recorder in self._workload.recorders))

    def _read_counters(self) -> _Counters:
        return _Counters(
            at_ns=time.monotonic_ns(),
            byte_counts=self._byte_counts(),
            usage=usage(),
            cpu=CpuCounters.read(),
            browser=self._pages.usage() if self._pages else None,
        )
