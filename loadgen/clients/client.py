"""What every client offers, whichever transport it speaks."""

import ssl
from dataclasses import dataclass
from typing import Protocol

from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.recorder import Recorder
from loadgen.runfile.scenario import HeaderProfile


class Connected(Protocol):
    """What every client has, whatever it is there for.

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
        """Once, after connect: begin to poll, or expect pushes. epoch_ns: on
        time.monotonic_ns()'s clock.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """All that a client needs to know about its feed, or its echo.

    url                 of the transport's endpoint, as the server's ready line names it.
    after               the cursor to begin with: the seq of the last event it does not want.
    headers             the profile its requests carry.
    interval_ns         between the slots of a short poll.
    phase_ns            of its first slot, from the epoch: 0 <= phase_ns < interval_ns.
    timeout_s           how long the server may hold a long poll.
    keep_alive          whether polls share a connection.
    compression         whether to ask for compressed answers or messages.
    last_answer_s       how long, at the end, it waits for the answer to a poll that is out.
    tls                 what vouches for the server; None: no TLS.
    """

    url: str
    recorder: Recorder
    after: int = 0
    headers: HeaderProfile = "minimal"
    interval_ns: int = 1_000_000_000
    phase_ns: int = 0
    timeout_s: float = 30.0
    keep_alive: bool = True
    compression: bool = False
    last_answer_s: float = 1.0
    tls: ssl.SSLContext | None = None
