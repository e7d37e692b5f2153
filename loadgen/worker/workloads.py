"""The workloads: what a worker's clients do in a trial. They receive a feed, or send to an echo."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from feed.event import Event
from feed.pacer import Pacer
from feed.schedule import NS_PER_S, events_before
from feed.spec import FeedSpec
from feed.transport import parsed
from loadgen.clients.client import Client, Connected, Subscription
from loadgen.clients.echo import texts
from loadgen.clients.echo.texts import EchoClient, Text
from loadgen.clients.polling import poll_grid
from loadgen.clients.registry import ECHO_CLIENTS, client_class
from loadgen.errors import TrialFailed
from loadgen.recording.aggregate import aggregate
from loadgen.recording.inferred_feed import PlannedFeed, infer_feed
from loadgen.recording.recorder import Recorder
from loadgen.recording.tally import Tally, merge
from loadgen.under_test.certificate import client_context
from loadgen.worker.task import Task

MakeClient = Callable[[Subscription], Client]

LAST_ANSWER_S = 1.0
# Events of the feed that come so long after the drain are still known, and not foreign.
BEYOND_DRAIN_S = 5
MAX_EVENTS = 2_000_000  # of a feed that runs: each is drawn again to know what was due


class Workload(ABC):
    """One worker's clients, each with a recorder. The order of calls: start, stop, tally."""

    clients: Sequence[Connected]  # not connected yet

    def __init__(self, task: Task) -> None:
        self._task = task
        self._epoch_ns = 0
        self.recorders = [Recorder() for _ in task.share]

    @abstractmethod
    def start(self, epoch_ns: int, begins_ns: int) -> None:
        """Begin, on the running loop. Both on time.monotonic_ns()'s clock.

        epoch_ns: of the feed. begins_ns: from which warm-up and window count; the same but for a
        feed that ran before.
        """

    @abstractmethod
    def is_over(self) -> bool:
        """Whether all that was due before the window's end has arrived."""

    @abstractmethod
    def stop(self) -> None:
        """Begin nothing more. Before the clients are closed, whether it was started or not."""

    @abstractmethod
    def tally(self, readings_ns: tuple[int, int]) -> Tally:
        """What arrived, compared with the plan. readings_ns: as aggregate() takes them."""


class FeedWorkload(Workload):
    """Subscribers, and every event of the server's feed that can reach them."""

    def __init__(self, task: Task, make: MakeClient | None = None) -> None:
        """make: of a client; None: our own for the task's transport."""
        super().__init__(task)
        self._since_ns = 0
        self._planned = [] if task.running else self._plan(task.scenario.feed)
        due = [event.seq for event in self._planned if event.due < task.window_ns.stop]
        self._last_seq = due[-1] if due else 0
        make = make or client_class(task.transport)
        scenario, poll = task.scenario, task.scenario.poll
        interval_ns = round(poll.interval_s * NS_PER_S)
        phases_ns = poll_grid.phases(scenario.clients.count, interval_ns, scenario.feed.seed)
        tls = client_context(task.authority)
        self.clients: list[Client] = [
            make(
                Subscription(
                    url=task.url,
                    recorder=recorder,
                    after=task.running.after if task.running else 0,
                    headers=scenario.clients.headers,
                    interval_ns=interval_ns,
                    phase_ns=phases_ns[index],
                    timeout_s=poll.timeout_s,
                    keep_alive=poll.keep_alive,
                    compression=scenario.http.compression,
                    last_answer_s=LAST_ANSWER_S + 2 * scenario.link.longest_rtt_s,
                    tls=tls,
                )
            )
            for index, recorder in zip(task.share, self.recorders, strict=True)
        ]

    def start(self, epoch_ns: int, begins_ns: int) -> None:
        self._epoch_ns, self._since_ns = epoch_ns, begins_ns - epoch_ns
        for client in self.clients:
            client.start(begins_ns)

    def is_over(self) -> bool:
        """Of a feed that ran before, once each client has an event from after the window."""
        end_due = self._since_ns + self._task.window_ns.stop if self._task.running else -1
        return all(r.last_seq >= self._last_seq and r.last_due >= end_due for r in self.recorders)

    def stop(self) -> None:
        """Nothing to do: the server goes on, and closing the clients ends their polls."""

    def tally(self, readings_ns: tuple[int, int]) -> Tally:
        running = self._task.running
        feed: list[Event] | PlannedFeed = self._planned
        if running:
            feed = self._plan(running.feed) if running.feed else infer_feed(self.recorders)
        return aggregate(
            self.recorders,
            feed,
            self._epoch_ns,
            self._since_ns + self._task.window_ns.start,
            self._since_ns + self._task.window_ns.stop,
            readings_ns=readings_ns,
            by_answer=not parsed(self._task.transport).polls_on_grid,
        )

    def _plan(self, feed: FeedSpec) -> list[Event]:
        """Every event that can arrive before the drain is over, and some that come too late."""
        longest_s = self._task.scenario.longest_drain_s(self._task.transport) + BEYOND_DRAIN_S
        until_ns = self._since_ns + self._task.window_ns.stop + round(longest_s * NS_PER_S)
        if self._since_ns and feed.rate_per_s * until_ns / NS_PER_S > MAX_EVENTS:
            raise TrialFailed(
                f"the feed has run for more than {MAX_EVENTS:,} events; start it anew"
            )
        return events_before(feed, until_ns)


class EchoWorkload(Workload):
    """Clients that send texts, and every text that they send up to the window's end.

    An open loop: when a text is sent is decided before the trial, and not by the answers.
    """

    def __init__(self, task: Task, make: MakeClient | None = None) -> None:
        """make: always None, as only our own clients send texts; the scenario refuses others."""
        super().__init__(task)
        tls, headers = client_context(task.authority), task.scenario.clients.headers
        self.clients: list[EchoClient] = [
            ECHO_CLIENTS[task.transport](
                Subscription(url=task.url, recorder=recorder, headers=headers, tls=tls)
            )
            for recorder in self.recorders
        ]
        self._due_ns = texts.dues(task.scenario, task.share, task.window_ns.stop)
        plan = texts.plan(task.scenario, task.share, self._due_ns)
        self._pacer = Pacer(plan, self._send, "pacer")

    def start(self, epoch_ns: int, begins_ns: int) -> None:
        self._epoch_ns = epoch_ns
        self._pacer.start(epoch_ns)

    def is_over(self) -> bool:
        return all(
            recorder.received + recorder.failures >= due_ns.size
            for recorder, due_ns in zip(self.recorders, self._due_ns, strict=True)
        )

    def stop(self) -> None:
        self._pacer.stop()

    def tally(self, readings_ns: tuple[int, int]) -> Tally:
        window_ns = self._task.window_ns
        answer_bytes = self._task.scenario.echo.payload_bytes + texts.ANSWER_MORE_BYTES
        return merge(
            [
                aggregate(
                    [recorder],
                    PlannedFeed.of_equal(due_ns, answer_bytes),
                    self._epoch_ns,
                    window_ns.start,
                    window_ns.stop,
                    readings_ns=readings_ns,
                )
                for recorder, due_ns in zip(self.recorders, self._due_ns, strict=True)
            ]
        )

    def _send(self, due: tuple[int, Text]) -> None:
        client, text = due
        self.clients[client].send(text, self._epoch_ns + text.due_ns)


# scenario.workload -> its class; the second argument makes its clients where they are not our own.
WORKLOADS: dict[str, Callable[[Task, MakeClient | None], Workload]] = {
    "feed": FeedWorkload,
    "echo": EchoWorkload,
}
