"""Fresh worker processes for one trial, behind the interface of concurrent.futures."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing.connection import wait

ENDED_WITHIN_S = 5.0


def worker_count(wanted: int, clients: int) -> int:
    """How many workers to start: `wanted`, or by default one for each core but the server's."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(wanted or max(1, (cores or 2) - 1), clients)


def shares(clients: int, workers: int) -> list[range]:
    """The clients' indices, dealt to the workers in `workers` runs of nearly equal length."""
    edges = [clients * worker // workers for worker in range(workers + 1)]
    return [range(start, end) for start, end in zip(edges, edges[1:], strict=False)]


@contextlib.contextmanager
def process_pool(workers: int) -> Iterator[Executor]:
    """A pool of fresh processes; at its end none of them is left, busy or not."""
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )
    try:
        yield executor
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """In a worker: leave Ctrl-C to the parent, and end when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
