"""One Trial: a fresh server, fresh workers, one transport, and the figures they end with."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import msgspec

from loadgen import control
from loadgen.certificate import client_context
from loadgen.errors import TrialFailed
from loadgen.exchange import see
from loadgen.figures import Exchange, Figures
from loadgen.live import Listener
from loadgen.plan import Planned
from loadgen.pool import process_pool, shares, worker_count
from loadgen.server import Server
from loadgen.stage import Stage, staged
from loadgen.task import Result, Task
from loadgen.total import add_up
from loadgen.worker import work

LOOK_EACH_S = 0.2
OVERTIME_S = 150.0  # connecting, the barrier, folding and a slow machine, beyond the plan

Watcher = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What all trials of a run share. port: of the server, 0 for any that is free."""

    port: int = 0
    loop: str = "uvloop"


def measure(planned: Planned, setup: Setup, watcher: Watcher) -> Figures:
    """Run one trial; `watcher` is told the deliveries so far, several times a second.

    Raises TrialFailed where it has no figures. Whatever happens, no process is left behind.
    """
    scenario = planned.scenario
    # One browser for all pages: its own processes share the cores.
    wanted = 1 if planned.in_chromium else scenario.clients.workers
    workers = worker_count(wanted, scenario.clients.count)
    with (
        staged(planned, port=setup.port, loop=setup.loop) as stage,
        Listener() as listener,
        process_pool(workers) as pool,
    ):
        server = stage.server
        tasks = _tasks(planned, setup.loop, stage, workers, listener.address)
        futures = [pool.submit(work, task) for task in tasks]
        trial = scenario.trial
        planned_s = trial.warmup_s + trial.duration_s + scenario.longest_drain_s(planned.spoken)
        for _ in _looks(futures, planned_s + OVERTIME_S):
            server.check()
            watcher(listener.delivered())
        # A failed worker is among those that are done: its reason first, before any waiting.
        futures.sort(key=lambda future: not future.done())
        results = [_result(future, server) for future in futures]
        account = control.account(server.ready.control)
        sizes = _exchange(planned, stage)
    figures = add_up(scenario, results, account)
    return msgspec.structs.replace(figures, exchange=sizes, link=stage.link)


def _tasks(
    planned: Planned, loop: str, stage: Stage, workers: int, live: tuple[str, int]
) -> list[Task]:
    return [
        Task(
            transport=planned.spoken,
            scenario=planned.scenario,
            url=stage.url,
            authority=stage.authority,
            control=stage.server.ready.control,
            share=share,
            index=index,
            workers=workers,
            loop=loop,
            live=live,
            pages=planned.in_chromium,
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


def _result(future: Future[Result], server: Server) -> Result:
    """Of a worker that is done; where it failed, that is the trial's failure."""
    try:
        return future.result()
    except BrokenProcessPool:
        raise TrialFailed("a worker process was killed, or died without a word") from None
    except TrialFailed:
        server.check()  # a dead server is the better reason than the connections it took along
        raise


def _exchange(planned: Planned, stage: Stage) -> Exchange | None:
    """The sizes of a poll, while the server is still there; None for a transport without polls,
    and where compression makes them depend on the events. Its time only where netem is not on
    the way there.
    """
    hold_s = {"short-poll": None, "long-poll": planned.scenario.poll.timeout_s}
    if planned.spoken not in hold_s or planned.scenario.http.compression:
        return None
    seen = see(
        stage.server.ready.urls[planned.served],
        planned.scenario.clients.headers,
        timeout_s=hold_s[planned.spoken],
        keep_alive=planned.scenario.poll.keep_alive,
        tls=client_context(stage.authority),
    )
    if seen is None or not planned.scenario.link.loss:
        return seen
    return msgspec.structs.replace(seen, service_ns=None)
