"""The pacer; what a feed asks of it is in tests/servers/control/test_publisher.py."""

import asyncio
import time

from feed.pacer import Pacer

MS = 1_000_000


async def test_hands_over_what_is_due_in_order_and_never_early() -> None:
    taken: list[tuple[str, int]] = []
    done = asyncio.Event()
    epoch_ns = time.monotonic_ns()

    def take(what: str) -> None:
        taken.append((what, time.monotonic_ns() - epoch_ns))
        if what == "last":
            done.set()

    plan = [(0, "first"), (2 * MS, "second"), (2 * MS, "third"), (5 * MS, "last")]
    pacer = Pacer(iter(plan), take, "pacer")
    pacer.start(epoch_ns)
    await done.wait()
    pacer.stop()
    assert [what for what, _ in taken] == ["first", "second", "third", "last"]
    assert all(at_ns >= due_ns for (_, at_ns), (due_ns, _) in zip(taken, plan, strict=True))


async def test_a_plan_with_nothing_in_it_ends_by_itself() -> None:
    pacer: Pacer[str] = Pacer(iter(()), lambda what: None, "pacer")
    pacer.start(time.monotonic_ns())
    pacer.stop()


async def test_nothing_is_taken_after_the_end() -> None:
    taken: list[int] = []
    pacer = Pacer(iter([(3_600_000 * MS, 1)]), taken.append, "pacer")
    pacer.start(time.monotonic_ns())
    pacer.stop()
    await asyncio.sleep(0)
    assert taken == []
