"""The texts of an echo, seeded and known before the trial, and the match of answers to them.

The same seed makes the same texts at the same times on every transport. Each begins with its
number, 1, 2, 3 … of its client, by which the answer is matched to it on any transport.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple, Protocol

import msgspec
import numpy as np

from feed.payload import texts as words
from feed.schedule import NS_PER_S, poisson
from feed.spec import FeedSpec
from loadgen.clients.client import Connected
from loadgen.clients.polling.poll_grid import phases
from loadgen.recording.recorder import Ints, Recorder
from loadgen.runfile.scenario import Scenario

# What an answer has more than its text, which is ASCII: "!!!".
ANSWER_MORE_BYTES = 3
# More than there can be clients, so that no two of them, in any two rounds, have the same seed.
SEEDS_PER_ROUND = 1_000_003


class Text(NamedTuple):
    """One text. due_ns: since the epoch. answer: the only right one."""

    number: int
    due_ns: int
    data: bytes
    answer: bytes


class EchoClient(Connected, Protocol):
    """One who sends texts and checks their answers. When to send is not decided here."""

    def send(self, text: Text, planned_ns: int) -> None:
        """Send now, or as soon as the transport can, whatever is still unanswered.

        planned_ns: when it was to be sent, on time.monotonic_ns()'s clock.
        """


class AnswerMatcher:
    """The texts that one client has sent, until they are answered."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._unanswered: dict[int, Text] = {}
        self._answered: dict[int, int] = {}  # number -> due_ns

    def sent(self, text: Text, planned_ns: int, sent_ns: int) -> None:
        """A text was sent, as soon as the client was asked to."""
        self._recorder.text(planned_ns, sent_ns, sent_ns, len(text.data))
        self._unanswered[text.number] = text

    def match(self, answer: bytes, received_ns: int) -> None:
        """Record an answer. ValidationError: it is to no text that was sent, or not the right one.

        A second answer to the same text is recorded as an arrival once more.
        """
        head = answer.partition(b" ")[0]
        number = int(head) if head.isdigit() else 0  # which no text has
        text = self._unanswered.get(number)
        if text is not None and text.answer == answer:
            del self._unanswered[number]
            self._answered[number] = text.due_ns
        elif text is not None or number not in self._answered:
            raise msgspec.ValidationError("no answer to a text that was sent")
        self._recorder.answer(number, self._answered[number], len(answer), received_ns)


def dues(scenario: Scenario, share: range, end_ns: int) -> list[Ints]:
    """For each client of `share` the due times of its texts before end_ns, in ns since the epoch.

    constant: on a grid, at phases spread evenly over the clients and shuffled; poisson: each client
    draws gaps of its own.
    """
    rate_per_s, seed = scenario.echo.rate_per_s, scenario.feed.seed
    if scenario.echo.schedule == "constant":
        interval_ns = round(NS_PER_S / rate_per_s)
        firsts_ns = phases(scenario.clients.count, interval_ns, seed)
        return [np.arange(firsts_ns[at], end_ns, interval_ns, dtype=np.int64) for at in share]
    specs = (FeedSpec(rate_per_s=rate_per_s, seed=_seed(scenario, client)) for client in share)
    own = (takewhile(lambda due_ns: due_ns < end_ns, poisson(spec)) for spec in specs)
    return [np.fromiter(due_ns, dtype=np.int64) for due_ns in own]


def plan(
    scenario: Scenario, share: range, due_ns: Sequence[Ints]
) -> Iterator[tuple[int, tuple[int, Text]]]:
    """The texts of the clients of `share`, in the order of their due times: due, (client, text).

    due_ns: of each client of the share; `client` is an index into it.
    """
    numbers = [np.arange(1, own.size + 1) for own in due_ns]
    clients = [np.full(own.size, index) for index, own in enumerate(due_ns)]
    due, number, client = (np.concatenate(part) for part in (due_ns, numbers, clients))
    order = np.lexsort((client, due))
    spec = FeedSpec(payload_bytes=scenario.echo.payload_bytes, seed=_seed(scenario, share.start))
    for at, data in zip(order.tolist(), words(spec), strict=False):
        instant_ns = int(due[at])
        yield instant_ns, (int(client[at]), text(int(number[at]), instant_ns, data))


def text(number: int, due_ns: int, data: str) -> Text:
    """`data`, in ASCII, with its beginning replaced by the number and a space."""
    head = f"{number} "
    sent = (head + data[len(head) :]).encode()
    return Text(number, due_ns, sent, sent.upper() + b"!!!")


def _seed(scenario: Scenario, client: int) -> int:
    return scenario.feed.seed * SEEDS_PER_ROUND + client
