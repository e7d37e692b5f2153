"""How long held polls wait for their answers once an event is due, seen once after a trial.

An event loop answers all polls that wait for one event in one turn, so that each of them waits for
others; and a generator's loop, which finds many answers at once, sends the next polls only when it
has read them all. What falls due meanwhile waits for the next turn, and theory can say how much
that is only if it knows how long a turn takes. So a few of the trial's own clients poll once more.
"""

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from time import monotonic_ns

import numpy as np
import numpy.typing as npt

from feed.process import loop_factory
from loadgen.clients.client import Subscription
from loadgen.clients.polling.long_poll import LongPollClient
from loadgen.recording.recorder import Recorder
from loadgen.runfile.figures import Waking

MOST = 300  # polls held at once; what one more adds is known well enough by then
EVENTS = 10  # at each number of polls, if they come in time
LONGEST_S = 2.5
LOOK_EACH_S = 0.1
SETTLED_NS = 10_000_000  # a server may still be busy with the last polls before that

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Woken:
    """By one event. mean_ns: from its due time until the answers, less one transit. spread_ns:
    from the first of them to the last. leaves_ns: until the next polls have left, in the mean.
    """

    mean_ns: float
    spread_ns: int
    leaves_ns: float


@dataclass(frozen=True)
class Path:
    """epoch_ns: of the feed. transit_ns: one way. reach_ns: from sending a poll to its arrival."""

    epoch_ns: int
    transit_ns: int
    reach_ns: int


def see_waking(subscription: Subscription, path: Path, *, clients: int, loop: str) -> Waking | None:
    """Hold one long poll, then as many as there are clients, against a feed that is running.

    subscription: of any of them; its recorder is not used. loop: the workers' choice. None where
    too few events come within twice LONGEST_S, or the server is gone. Blocking.
    """
    many = min(clients, MOST)
    with ThreadPoolExecutor(1) as thread:  # the main one may have a loop of its own: a notebook's
        seen = thread.submit(_watch_both, subscription, many, path, loop).result()
    if not all(seen):
        return None
    alone, together = seen
    wake_ns = statistics.median(woken.mean_ns for woken in alone)
    more_ns = statistics.median(woken.mean_ns for woken in together) - wake_ns
    spread_ns = statistics.median(woken.spread_ns for woken in together)
    return Waking(
        wake_ns=max(0, round(wake_ns)),
        answer_ns=max(0, round(more_ns / max(1, many - 1))),
        apart_ns=round(spread_ns / max(1, many - 1)),
        leaves_ns=round(statistics.median(woken.leaves_ns for woken in together)),
    )


def _watch_both(
    subscription: Subscription, many: int, path: Path, loop: str
) -> tuple[list[Woken], list[Woken]]:
    """One client, and then many. Nothing of a server that is gone."""
    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        try:
            alone = runner.run(_watch(subscription, 1, path))
            return alone, runner.run(_watch(subscription, many, path)) if many > 1 else alone
        except OSError:
            return [], []


class Watching(Recorder):
    """leaves_ns: the instant of an answer → how long after it the next poll had left."""

    def __init__(self) -> None:
        super().__init__()
        self.leaves_ns: dict[int, int] = {}

    def request(self, planned_ns: int, sent_ns: int, received_ns: int, events: int) -> None:
        super().request(planned_ns, sent_ns, received_ns, events)
        # A loop writes at the end of its turn: what is called soon is called after that.
        asyncio.get_running_loop().call_soon(self._left, received_ns)

    def _left(self, received_ns: int) -> None:
        self.leaves_ns[received_ns] = monotonic_ns() - received_ns


async def _watch(subscription: Subscription, count: int, path: Path) -> list[Woken]:
    """Raises OSError."""
    recorders = [Watching() for _ in range(count)]
    polling = [LongPollClient(replace(subscription, recorder=recorder)) for recorder in recorders]
    try:
        await asyncio.gather(*(client.connect() for client in polling))
        began_ns = monotonic_ns()
        for client in polling:
            client.start(began_ns)
        # One client tells when it is enough: to look at all would hold up what is being timed.
        while len(_idle_ones(recorders[:1], began_ns, path)) < EVENTS:
            if monotonic_ns() > began_ns + LONGEST_S * 1e9:
                break
            await asyncio.sleep(LOOK_EACH_S)
    finally:
        await asyncio.gather(*(client.close() for client in polling))
    return _idle_ones(recorders, began_ns, path)


def _idle_ones(recorders: Sequence[Watching], began_ns: int, path: Path) -> list[Woken]:
    arrivals = [recorder.arrivals() for recorder in recorders]
    leaves_ns = [recorder.leaves_ns for recorder in recorders]
    return idle_ones(arrivals, leaves_ns, began_ns, path)


def idle_ones(
    arrivals: Sequence[Ints], leaves_ns: Sequence[Mapping[int, int]], began_ns: int, path: Path
) -> list[Woken]:
    """Of the events for which every client's poll was held when they fell due. Pure.

    arrivals: of each client, rows of seq, due, bytes and the instant of arrival. leaves_ns: of
    each client, as in Watching. began_ns: when their first polls were sent.
    """
    by_seq = [{int(row[0]): (int(row[1]), int(row[3])) for row in of_one} for of_one in arrivals]
    seqs = sorted(set.intersection(*(set(of_one) for of_one in by_seq)))
    found: list[Woken] = []
    sent_ns = began_ns
    for seq in seqs:
        due_ns = path.epoch_ns + by_seq[0][seq][0]
        came_ns = [of_one[seq][1] for of_one in by_seq]
        later_ns = [left.get(came, 0) for left, came in zip(leaves_ns, came_ns, strict=True)]
        if due_ns >= sent_ns + path.reach_ns + SETTLED_NS:
            mean_ns = statistics.mean(came_ns) - path.transit_ns - due_ns
            found.append(Woken(mean_ns, max(came_ns) - min(came_ns), statistics.mean(later_ns)))
        sent_ns = max(map(sum, zip(came_ns, later_ns, strict=True)))
    return found
