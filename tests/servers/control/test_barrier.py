import asyncio

import pytest

from servers.control.barrier import Barrier
from servers.control.messages import Opening, Plan
from servers.errors import Refusal

PLAN = Plan(workers=2, warmup_ns=10, duration_ns=20)
OPENING = Opening(epoch_ns=77, begins_ns=77)


class Start:
    """Stands for the timeline: remembers the windows it was started with."""

    def __init__(self) -> None:
        self.windows: list[range] = []

    def __call__(self, plan: Plan) -> Opening:
        self.windows.append(range(plan.warmup_ns, plan.warmup_ns + plan.duration_ns))
        return OPENING


async def arrived(barrier: Barrier, plan: Plan = PLAN) -> "asyncio.Task[Opening]":
    """A worker that waits at the barrier."""
    task = asyncio.create_task(barrier.arrive(plan))
    await asyncio.sleep(0)
    return task


async def test_the_last_worker_opens_it_for_all() -> None:
    start = Start()
    barrier = Barrier(start)
    first = await arrived(barrier)
    assert not first.done()
    assert start.windows == []
    assert await barrier.arrive(PLAN) == OPENING
    assert await first == OPENING
    assert start.windows == [range(10, 30)]


async def test_it_opens_once() -> None:
    barrier = Barrier(Start())
    alone = Plan(workers=1, warmup_ns=0, duration_ns=1)
    await barrier.arrive(alone)
    with pytest.raises(Refusal, match="already started") as caught:
        await barrier.arrive(alone)
    assert caught.value.status == 409


async def test_beside_a_running_feed_it_opens_for_each_trial() -> None:
    start = Start()
    barrier = Barrier(start, running=True)
    alone = Plan(workers=1, warmup_ns=0, duration_ns=1)
    assert await barrier.arrive(alone) == await barrier.arrive(alone) == OPENING
    assert start.windows == [range(0, 1), range(0, 1)]


@pytest.mark.parametrize("other", [Plan(3, 10, 20), Plan(2, 11, 20), Plan(2, 10, 21)])
async def test_a_worker_with_another_plan_is_refused(other: Plan) -> None:
    barrier = Barrier(Start())
    first = await arrived(barrier)
    with pytest.raises(Refusal, match="the other workers wait with") as caught:
        await barrier.arrive(other)
    assert caught.value.status == 409
    assert await barrier.arrive(PLAN) == await first == OPENING


async def test_a_worker_that_left_is_not_counted() -> None:
    start = Start()
    barrier = Barrier(start)
    gone = await arrived(barrier)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    waiting = await arrived(barrier, Plan(2, 0, 5))
    assert start.windows == []
    assert await barrier.arrive(Plan(2, 0, 5)) == await waiting == OPENING
