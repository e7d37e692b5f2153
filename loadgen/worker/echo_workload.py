"""The part of those who talk: each sends texts on a plan of its own, and the server echoes them."""

from feed.pacer import Pacer
from loadgen.clients.client import Subscription
from loadgen.clients.echo import texts
from loadgen.clients.echo.texts import Text
from loadgen.clients.registry import ECHO_CLIENTS
from loadgen.recording.aggregate import aggregate
from loadgen.recording.inferred_feed import PlannedFeed
from loadgen.recording.recorder import Recorder
from loadgen.recording.tally import Tally, merge
from loadgen.under_test.certificate import client_context
from loadgen.worker.task import Task


class Echoing:
    """One worker's clients, and every text that they send up to the window's end.

    An open loop: when a text is sent is decided before the trial, and not by the answers.
    """

    def __init__(self, task: Task, make: object = None) -> None:
        """make: nobody else's clients send texts; the scenario says so."""
        self._task = task
        self.recorders = [Recorder() for _ in task.share]
        tls = client_context(task.authority)
        self.clients = [
            ECHO_CLIENTS[task.transport](
                Subscription(
                    url=task.url,
                    recorder=recorder,
                    headers=task.scenario.clients.headers,
                    tls=tls,
                )
            )
            for recorder in self.recorders
        ]
        self._due_ns = texts.dues(task.scenario, task.share, task.window_ns.stop)
        self._pacer = Pacer(texts.plan(task.scenario, task.share, self._due_ns), self._say, "pacer")
        self._epoch_ns = 0

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
        answer_bytes = self._task.scenario.echo.payload_bytes + texts.ANSWER_MORE_BYTES
        return merge(
            [
                aggregate(
                    [recorder],
                    PlannedFeed.of_equal(due_ns, answer_bytes),
                    self._epoch_ns,
                    self._task.window_ns.start,
                    self._task.window_ns.stop,
                    readings_ns=readings_ns,
                )
                for recorder, due_ns in zip(self.recorders, self._due_ns, strict=True)
            ]
        )

    def _say(self, spoken: tuple[int, Text]) -> None:
        client, text = spoken
        self.clients[client].send(text, self._epoch_ns + text.due_ns)
