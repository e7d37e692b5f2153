"""The part of subscribers: they receive the server's feed."""

from collections.abc import Callable

from feed.event import Event
from feed.schedule import NS_PER_S, events_before
from feed.spec import FeedSpec
from feed.transport import parsed
from loadgen.clients.client import Client, Subscription
from loadgen.clients.polling import poll_grid
from loadgen.clients.registry import client_class
from loadgen.errors import TrialFailed
from loadgen.recording.aggregate import aggregate
from loadgen.recording.inferred_feed import PlannedFeed, infer_feed
from loadgen.recording.recorder import Recorder
from loadgen.recording.tally import Tally
from loadgen.under_test.certificate import client_context
from loadgen.worker.task import Task

LAST_ANSWER_S = 1.0
# What comes so long after the drain is no stranger either.
BEYOND_DRAIN_S = 5
MAX_EVENTS = 2_000_000  # of a feed that runs: each is drawn again to know what was due


class Receiving:
    """One worker's subscribers, and every event that can reach them."""

    def __init__(self, task: Task, make: Callable[[Subscription], Client] | None = None) -> None:
        """make: of a client; None: our own for the task's transport."""
        self._task = task
        self._make = make or client_class(task.transport)
        self._running = task.running
        self.recorders = [Recorder() for _ in task.share]
        self.clients = self._make_clients()
        self._planned = [] if task.running else self._plan(task.scenario.feed)
        due = [event.seq for event in self._planned if event.due < task.window_ns.stop]
        self._last_seq = due[-1] if due else 0
        self._epoch_ns = self._since_ns = 0

    def start(self, epoch_ns: int, begins_ns: int) -> None:
        self._epoch_ns, self._since_ns = epoch_ns, begins_ns - epoch_ns
        for client in self.clients:
            client.start(begins_ns)

    def is_over(self) -> bool:
        """Of a feed that nobody planned here, once each has an event from after the window."""
        end_due = self._since_ns + self._task.window_ns.stop if self._running else -1
        return all(r.last_seq >= self._last_seq and r.last_due >= end_due for r in self.recorders)

    def stop(self) -> None:
        """Nothing to do: the server goes on, and closing ends the polls."""

    def tally(self, readings_ns: tuple[int, int]) -> Tally:
        return aggregate(
            self.recorders,
            self._seen(),
            self._epoch_ns,
            self._since_ns + self._task.window_ns.start,
            self._since_ns + self._task.window_ns.stop,
            readings_ns=readings_ns,
            by_answer=not parsed(self._task.transport).polls_on_grid,
        )

    def _seen(self) -> list[Event] | PlannedFeed:
        """What there was to receive: as planned or, where nobody says, as it was seen."""
        if self._running is None:
            return self._planned
        feed = self._running.feed
        return self._plan(feed, self._since_ns) if feed else infer_feed(self.recorders)

    def _plan(self, feed: FeedSpec, since_ns: int = 0) -> list[Event]:
        """Every event that can arrive before the drain is over, and some that come too late.

        since_ns: from the feed's epoch to the trial's beginning.
        """
        longest_s = self._task.scenario.longest_drain_s(self._task.transport) + BEYOND_DRAIN_S
        until_ns = since_ns + self._task.window_ns.stop + round(longest_s * NS_PER_S)
        if since_ns and feed.rate_per_s * until_ns / NS_PER_S > MAX_EVENTS:
            raise TrialFailed(
                f"the feed has run for more than {MAX_EVENTS:,} events; start it anew"
            )
        return events_before(feed, until_ns)

    def _make_clients(self) -> list[Client]:
        scenario, poll = self._task.scenario, self._task.scenario.poll
        interval_ns = round(poll.interval_s * NS_PER_S)
        tls = client_context(self._task.authority)
        phases = poll_grid.phases(scenario.clients.count, interval_ns, scenario.feed.seed)
        return [
            self._make(
                Subscription(
                    url=self._task.url,
                    recorder=recorder,
                    after=self._running.after if self._running else 0,
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
