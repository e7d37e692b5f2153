"""Fresh worker processes for one trial, behind the interface of concurrent.futures."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing.connection import wait


def usable_cores() -> int:
    """The cores that this process may run on; at least 1."""
    if hasattr(os, "sched_getaffinity"):  # not everywhere, and it knows of containers
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worker_count(wanted: int, clients: int) -> int:
    """How many workers to start: `wanted`, or for 0 one for each core but the server's."""
    return min(wanted or max(1, usable_cores() - 1), clients)


def shares(clients: int, workers: int) -> list[range]:
    """The clients' indices, in `workers` ranges of nearly equal length."""
    edges = [clients * worker // workers for worker in range(workers + 1)]
    return [range(start, end) for start, end in zip(edges, edges[1:], strict=False)]


@contextlib.contextmanager
def process_pool(workers: int) -> Iterator[Executor]:
    """A pool of fresh processes; at its end none of them is left, busy or not."""
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_follow_parent
    )
    try:
        yield executor
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        # Ctrl-C within the first submit() may leave a thread that was not started: it cannot be
        # joined, which must not hide the KeyboardInterrupt.
        with contextlib.suppress(RuntimeError):
            executor.shutdown(wait=True, cancel_futures=True)


def _follow_parent() -> None:
    """In a worker: leave Ctrl-C to the parent, and end when the parent has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
