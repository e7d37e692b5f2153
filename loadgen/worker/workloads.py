"""The part that a worker's clients play in a trial: they receive a feed, or send to an echo."""

from collections.abc import Callable, Sequence
from typing import Protocol

from loadgen.clients.client import Client, Connected, Subscription
from loadgen.recording.recorder import Recorder
from loadgen.recording.tally import Tally
from loadgen.worker.echo_workload import Echoing
from loadgen.worker.feed_workload import Receiving
from loadgen.worker.task import Task

Maker = Callable[[Subscription], Client]


class Part(Protocol):
    """One workload's side of a worker. The order of calls: start, stop, tally."""

    @property
    def clients(self) -> Sequence[Connected]:
        """All of this worker's, each with a recorder of its own; not connected yet."""

    @property
    def recorders(self) -> Sequence[Recorder]: ...

    def start(self, epoch_ns: int, begins_ns: int) -> None:
        """Begin, on the running loop. epoch_ns: of the feed; begins_ns: from which warm-up and
        window count, the same but for a feed that ran before. On time.monotonic_ns()'s clock.
        """

    def is_over(self) -> bool:
        """Whether all that was due before the window's end has arrived."""

    def stop(self) -> None:
        """Begin nothing more. Before the clients are closed, whether it was started or not."""

    def tally(self, readings_ns: tuple[int, int]) -> Tally:
        """What was seen, held against the plan. readings_ns: as aggregate() takes them."""


# By the workload. Made with the task, and with what makes its clients where they are not our own.
PARTS: dict[str, Callable[[Task, Maker | None], Part]] = {"feed": Receiving, "echo": Echoing}
