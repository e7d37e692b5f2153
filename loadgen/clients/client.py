"""The interface of every client, whatever its transport."""

import ssl
from dataclasses import dataclass
from typing import Protocol

from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.recorder import Recorder
from loadgen.runfile.scenario import HeaderProfile


class Connected(Protocol):
    """A client of any workload.

    The order of calls: connect, byte_counts as often as wanted, close. One that loses its
    connection for good reports it with recorder.fail and records nothing more.
    """

    async def connect(self) -> None:
        """Open the connection, with its handshake. OSError where the server cannot be reached."""

    def byte_counts(self) -> ByteCounts:
        """Bytes and segments so far, of open and closed connections together."""

    async def close(self) -> None:
        """Stop, and close the connection; byte_counts() then holds the final count."""


class Client(Connected, Protocol):
    """One subscriber. It knows its transport and its Recorder, and nothing of statistics."""

    def start(self, epoch_ns: int) -> None:
        """Once, after connect: poll, or expect pushes. epoch_ns: on time.monotonic_ns()'s clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """All that a client needs to know about its feed, or its echo."""

    url: str  # of the transport's endpoint, as the server's ready line names it
    recorder: Recorder
    after: int = 0  # the cursor to begin with: the seq of the last event that it does not want
    headers: HeaderProfile = "minimal"  # of its requests
    interval_ns: int = 1_000_000_000  # between the slots of a short poll
    phase_ns: int = 0  # of its first slot, from the epoch: 0 <= phase_ns < interval_ns
    timeout_s: float = 30.0  # how long the server may wait with the answer to a long poll
    keep_alive: bool = True  # whether polls share a connection
    compression: bool = False  # whether to ask for compressed answers or messages
    last_answer_s: float = 1.0  # how long, at the end, it waits for the answer to a poll
    tls: ssl.SSLContext | None = None  # trusts the server's certificate; None: no TLS
