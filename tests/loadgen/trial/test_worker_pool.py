"""Workers: shares that cover all clients once, and no process left when they end."""

import multiprocessing
import os
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.trial.worker_pool import process_pool, shares, worker_count


@given(st.integers(1, 500), st.integers(1, 40))
def test_shares_deal_out_every_client_once_and_evenly(clients: int, workers: int) -> None:
    dealt = shares(clients, workers)
    assert [index for share in dealt for index in share] == list(range(clients))
    sizes = [len(share) for share in dealt]
    assert max(sizes) - min(sizes) <= 1


def test_there_are_never_more_workers_than_clients() -> None:
    assert worker_count(wanted=8, clients=3) == 3
    assert worker_count(wanted=2, clients=3) == 2
    assert worker_count(wanted=0, clients=1) == 1


def test_a_pool_runs_work_in_another_process_and_leaves_none() -> None:
    before = set(multiprocessing.active_children())
    with process_pool(1) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()
    assert set(multiprocessing.active_children()) == before


def test_a_pool_that_is_left_by_an_error_ends_its_busy_workers() -> None:
    before = set(multiprocessing.active_children())
    with pytest.raises(ZeroDivisionError):
        _fail_while_busy()
    assert set(multiprocessing.active_children()) == before


def _fail_while_busy() -> None:
    with process_pool(1) as pool:
        pool.submit(os.getpid).result()
        pool.submit(signal.pause)
        raise ZeroDivisionError


def test_ctrl_c_while_the_pool_starts_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(thread: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("concurrent.futures.process._ExecutorManagerThread.start", interrupted)
    before = set(multiprocessing.active_children())
    with pytest.raises(KeyboardInterrupt), process_pool(1) as pool:
        pool.submit(os.getpid)
    for process in set(multiprocessing.active_children()) - before:
        process.join()  # it has been told to end
