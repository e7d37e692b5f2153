"""One Trial: a fresh server, fresh workers, one transport, and the figures they end with."""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import msgspec

from loadgen.errors import TrialFailed
from loadgen.runfile.figures import Figures, Outside
from loadgen.trial.environment import Environment, with_fresh_server, with_running_server
from loadgen.trial.parquet_samples import Samples
from loadgen.trial.planned import Planned
from loadgen.trial.probes.message_sizes import measure_sizes
from loadgen.trial.totals import add_up
from loadgen.trial.worker_pool import process_pool, shares, worker_count
from loadgen.under_test.control_client import fetch_figures
from loadgen.worker.progress_datagrams import Listener
from loadgen.worker.task import Result, Task
from loadgen.worker.worker import work

WATCH_EACH_S = 0.2
OVERTIME_S = 150.0  # connecting, the barrier, aggregation and a slow machine, beyond the plan


@dataclass(frozen=True, kw_only=True)
class TrialSetup:
    """What all trials of a run share.

    port     of the server; 0: any that is free.
    samples  writes every delivery to a file; None: they are not kept.
    target   URL of a server that runs already; "": each trial starts one.
    """

    port: int = 0
    loop: str = "uvloop"
    samples: Samples | None = None
    target: str = ""


def measure(planned: Planned, setup: TrialSetup, watcher: Callable[[int], None]) -> Figures:
    """Run one trial; `watcher` gets the deliveries so far, several times a second.

    Raises TrialFailed where it has no figures. Whatever happens, no process is left behind.
    """
    scenario, trial = planned.scenario, planned.scenario.trial
    # One browser for all pages: its own processes share the cores.
    wanted = 1 if planned.name.in_chromium else scenario.clients.workers
    workers = worker_count(wanted, scenario.clients.count)
    planned_s = trial.warmup_s + trial.duration_s + scenario.longest_drain_s(planned.transport)
    opened = (
        with_running_server(planned, setup.target, workers)
        if setup.target
        else with_fresh_server(planned, port=setup.port, loop=setup.loop)
    )
    with opened as environment, Listener() as listener, process_pool(workers) as pool:
        tasks = [
            Task(
                transport=planned.name.protocol,
                scenario=scenario,
                url=environment.url,
                authority=environment.authority,
                control=environment.control,
                running=environment.running,
                share=share,
                index=index,
                workers=workers,
                loop=setup.loop,
                progress=listener.address,
                samples=setup.samples is not None,
                pages=planned.name.in_chromium,
            )
            for index, share in enumerate(shares(scenario.clients.count, workers))
        ]
        futures = [pool.submit(work, task) for task in tasks]
        give_up = time.monotonic() + planned_s + OVERTIME_S
        while _are_working(futures):
            if time.monotonic() > give_up:
                reason = f"the workers were not done {OVERTIME_S:g} s after the planned end"
                raise TrialFailed(reason)
            environment.check()
            watcher(listener.delivered())
        results = _results(futures, environment)
        readings = fetch_figures(environment.control) if environment.has_figures else None
        sizes = measure_sizes(planned, environment, readings)
    if setup.samples:
        setup.samples.keep(planned, results, results[0].epoch_ns)
    outside = None
    if environment.running:
        outside = Outside(
            begins_ns=results[0].begins_ns,
            clock_offset_ns=environment.clock.ns,
            clock_bound_ns=environment.clock.bound_ns,
            expected_from="feed" if environment.running.feed else "seq",
        )
    figures = add_up(scenario, results, readings)
    return msgspec.structs.replace(figures, exchange=sizes, link=environment.link, outside=outside)


def _are_working(futures: list[Future[Result]]) -> bool:
    """Whether no worker has failed and some are not done, after a while of waiting for them."""
    done, pending = wait(futures, WATCH_EACH_S, return_when=FIRST_EXCEPTION)
    return bool(pending) and not any(future.exception() for future in done)


def _results(futures: list[Future[Result]], environment: Environment) -> list[Result]:
    """The workers' results. Raises TrialFailed, with the reason of the first that failed."""
    # A failed worker is among those that are done: its reason first, before any waiting.
    futures = sorted(futures, key=lambda future: not future.done())
    try:
        return [future.result() for future in futures]
    except BrokenProcessPool:
        raise TrialFailed("a worker process was killed, or ended without an error") from None
    except TrialFailed:
        environment.check()  # a dead server is the better reason than the connections it cut
        raise
