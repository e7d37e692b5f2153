"""The part of subscribers: they receive the server's feed."""

from feed.schedule import NS_PER_S, events_before
from loadgen import fold, grid
from loadgen.certificate import client_context
from loadgen.client import Client, Subscription
from loadgen.recorder import Recorder
from loadgen.task import Task
from loadgen.transports import CLIENTS, ON_A_GRID

LAST_ANSWER_S = 1.0
# What comes so long after the drain is no stranger either.
BEYOND_DRAIN_S = 5


class Receiving:
    """One worker's subscribers, and every event that can reach them."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self.recorders = [Recorder() for _ in task.share]
        self.clients = self._make_clients()
        longest_s = task.scenario.longest_drain_s(task.transport) + BEYOND_DRAIN_S
        until_ns = task.window_ns.stop + round(longest_s * NS_PER_S)
        self._planned = events_before(task.scenario.feed, until_ns)
        due = [event.seq for event in self._planned if event.due < task.window_ns.stop]
        self._last_seq = due[-1] if due else 0

    def start(self, epoch_ns: int) -> None:
        for client in self.clients:
            client.start(epoch_ns)

    def is_over(self) -> bool:
        return all(recorder.last_seq >= self._last_seq for recorder in self.recorders)

    def stop(self) -> None:
        """Nothing to do: the server goes on, and closing ends the polls."""

    def tally(self, epoch_ns: int, readings_ns: tuple[int, int]) -> fold.Tally:
        window_ns = self._task.window_ns
        return fold.fold(
            self.recorders,
            self._planned,
            epoch_ns,
            window_ns.start,
            window_ns.stop,
            readings_ns=readings_ns,
            by_answer=self._task.transport not in ON_A_GRID,
        )

    def _make_clients(self) -> list[Client]:
        scenario, poll = self._task.scenario, self._task.scenario.poll
        interval_ns = round(poll.interval_s * NS_PER_S)
        tls = client_context(self._task.authority)
        phases = grid.phases(scenario.clients.count, interval_ns, scenario.feed.seed)
        return [
            CLIENTS[self._task.transport](
                Subscription(
                    url=self._task.url,
                    recorder=recorder,
                    headers=scenario.clients.headers,
                    interval_ns=interval_ns,
                    phase_ns=phases[index],
                    timeout_s=poll.timeout_s,
                    keep_alive=poll.keep_alive,
                    compression=scenario.http.compression,
                    last_answer_s=LAST_ANSWER_S + 2 * scenario.link.longest_rtt_s,
                    tls=tls,
                )
            )
            for index, recorder in zip(self._task.share, self.recorders, strict=True)
        ]
