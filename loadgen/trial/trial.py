"""One Trial: a fresh server, fresh workers, one transport, and the figures they end with."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass

import msgspec

from loadgen.errors import TrialFailed
from loadgen.runfile.figures import Figures, Outside
from loadgen.trial.environment import Stage, joined, staged
from loadgen.trial.parquet_samples import Samples
from loadgen.trial.planned import Planned
from loadgen.trial.probes.after_trial import see_exchange
from loadgen.trial.totals import add_up
from loadgen.trial.worker_pool import process_pool, shares, worker_count
from loadgen.under_test import control_client
from loadgen.worker.progress_datagrams import Listener
from loadgen.worker.task import Result, Task
from loadgen.worker.worker import work

LOOK_EACH_S = 0.2
OVERTIME_S = 150.0  # connecting, the barrier, folding and a slow machine, beyond the plan

Watcher = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What all trials of a run share.

    port: of the server, 0 for any that is free. samples: keeps every delivery; None: nobody does.
    target: URL of a server that runs already, "": none.
    """

    port: int = 0
    loop: str = "uvloop"
    samples: Samples | None = None
    target: str = ""


def measure(planned: Planned, setup: Setup, watcher: Watcher) -> Figures:
    """Run one trial; `watcher` is told the deliveries so far, several times a second.

    Raises TrialFailed where it has no figures. Whatever happens, no process is left behind.
    """
    scenario = planned.scenario
    # One browser for all pages: its own processes share the cores.
    wanted = 1 if planned.name.in_chromium else scenario.clients.workers
    workers = worker_count(wanted, scenario.clients.count)
    with (
        _stage(planned, setup, workers) as stage,
        Listener() as listener,
        process_pool(workers) as pool,
    ):
        tasks = _tasks(planned, setup, stage, workers, listener.address)
        futures = [pool.submit(work, task) for task in tasks]
        trial = scenario.trial
        drain_s = scenario.longest_drain_s(planned.transport)
        planned_s = trial.warmup_s + trial.duration_s + drain_s
        for _ in _looks(futures, planned_s + OVERTIME_S):
            stage.check()
            watcher(listener.delivered())
        # A failed worker is among those that are done: its reason first, before any waiting.
        futures.sort(key=lambda future: not future.done())
        results = [_result(future, stage) for future in futures]
        account = control_client.account(stage.control) if stage.accounts else None
        exchange = see_exchange(planned, stage, account)
    if setup.samples:
        setup.samples.keep(planned, results, results[0].epoch_ns)
    figures = add_up(scenario, results, account)
    return msgspec.structs.replace(
        figures, exchange=exchange, link=stage.link, outside=_outside(stage, results)
    )


def _stage(planned: Planned, setup: Setup, workers: int) -> AbstractContextManager[Stage]:
    if setup.target:
        return joined(planned, setup.target, workers)
    return staged(planned, port=setup.port, loop=setup.loop)


def _outside(stage: Stage, results: list[Result]) -> Outside | None:
    if stage.running is None:
        return None
    return Outside(
        begins_ns=results[0].begins_ns,
        clock_offset_ns=stage.clock.ns,
        clock_bound_ns=stage.clock.bound_ns,
        expected_from="feed" if stage.running.feed else "seq",
    )


def _tasks(
    planned: Planned, setup: Setup, stage: Stage, workers: int, live: tuple[str, int]
) -> list[Task]:
    return [
        Task(
            transport=planned.name.protocol,
            scenario=planned.scenario,
            url=stage.url,
            authority=stage.authority,
            control=stage.control,
            running=stage.running,
            share=share,
            index=index,
            workers=workers,
            loop=setup.loop,
            live=live,
            samples=setup.samples is not None,
            pages=planned.name.in_chromium,
        )
        for index, share in enumerate(shares(planned.scenario.clients.count, workers))
    ]


def _looks(futures: list[Future[Result]], longest_s: float) -> Iterator[None]:
    """Yields now and then, until all workers are done or one of them has failed."""
    give_up = time.monotonic() + longest_s
    while time.monotonic() < give_up:
        yield
        done, pending = wait(futures, LOOK_EACH_S, return_when=FIRST_EXCEPTION)
        if not pending or any(future.exception() for future in done):
            return
    raise TrialFailed(f"the workers were not done {OVERTIME_S:g} s after the planned end")


def _result(future: Future[Result], stage: Stage) -> Result:
    """Of a worker that is done; where it failed, that is the trial's failure."""
    try:
        return future.result()
    except BrokenProcessPool:
        raise TrialFailed("a worker process was killed, or died without a word") from None
    except TrialFailed:
        stage.check()  # a dead server is the better reason than the connections it took along
        raise
