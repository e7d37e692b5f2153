"""A Recorder: the arrivals, requests and texts of one Client, row by row.

The hot path appends and returns: `array.append` costs 0.07 µs, a histogram's record 2.4 µs. What
was recorded is counted after the trial, by loadgen.recording.aggregate.
All instants are ns on time.monotonic_ns()'s clock, except `due`, which counts from the epoch.
"""

from array import array
from struct import Struct

import msgspec
import numpy as np
import numpy.typing as npt

from feed.event import Event, decode, decode_batch

# A packed row costs half of what four appends to four arrays do.
_four = Struct("=4q").pack
_two = Struct("=2q").pack

Ints = npt.NDArray[np.int64]  # one dimension
Table = npt.NDArray[np.int64]  # two

# What message() and batch() raise; the second for a string that is not UTF-8.
NO_EVENT = (msgspec.DecodeError, UnicodeDecodeError)


class Recorder:
    """One client's arrivals, requests and texts, in the order in which they came.

    gaps     how often the server said that it no longer has the events after the client's cursor.
    failure  why the client has failed for good, in one line; "" as long as it has not.
    """

    def __init__(self) -> None:
        self.gaps = 0
        self.failure = ""
        self._arrivals = array("q")
        self._requests = array("q")
        self._failed = array("q")
        self._missed = array("q")
        self._texts = array("q")
        self._add_arrival = self._arrivals.frombytes
        self._add_request = self._requests.frombytes

    def message(self, message: bytes, received_ns: int) -> None:
        """An encoded event arrived. Raises one of NO_EVENT where it is none."""
        event = decode(message)
        self._add_arrival(_four(event.seq, event.due, len(message), received_ns))

    def batch(self, message: bytes, received_ns: int) -> int:
        """A JSON array of events arrived: how many there are. Raises one of NO_EVENT.

        All of them arrived at one instant, so the bytes of all are booked on the first.
        """
        events = decode_batch(message)
        message_bytes = len(message) - len(events) - 1  # without the array's brackets and commas
        for event in events:
            self.event(event, message_bytes, received_ns)
            message_bytes = 0
        return len(events)

    def event(self, event: Event, message_bytes: int, received_ns: int) -> None:
        """An event arrived. message_bytes: of its encoded form, without frame or separator."""
        self._add_arrival(_four(event.seq, event.due, message_bytes, received_ns))

    def answer(self, number: int, due: int, text_bytes: int, received_ns: int) -> None:
        """A text was answered: an arrival as of an event, whose seq is the text's number."""
        self._add_arrival(_four(number, due, text_bytes, received_ns))

    def text(self, planned_ns: int, begun_ns: int, sent_ns: int, text_bytes: int) -> None:
        """A text was sent. begun_ns: when asked to; it may have waited for a connection since."""
        self._texts.frombytes(_four(planned_ns, begun_ns, sent_ns, text_bytes))

    def request(self, planned_ns: int, sent_ns: int, received_ns: int, events: int) -> None:
        """A request was answered, with this many events; 0: it was empty."""
        self._add_request(_four(planned_ns, sent_ns, received_ns, events))

    def missed(self, planned_ns: int) -> None:
        """A planned request was left out, as the one before was unanswered or the loop stalled."""
        self._missed.append(planned_ns)

    def failed_request(self, planned_ns: int, sent_ns: int) -> None:
        """A request was sent and not answered, or answered with an error or a gap."""
        self._failed.frombytes(_two(planned_ns, sent_ns))

    def gap(self) -> None:
        """The server said that it no longer has the events after this client's cursor."""
        self.gaps += 1

    def fail(self, reason: str) -> None:
        """The client has failed for good, and records nothing more. The first reason is kept."""
        self.failure = self.failure or reason

    @property
    def received(self) -> int:
        """Arrivals so far, of any event."""
        return len(self._arrivals) // 4

    @property
    def failures(self) -> int:
        """Requests so far that were not answered, or with an error."""
        return len(self._failed) // 2

    @property
    def last_seq(self) -> int:
        """seq of the latest arrival, 0 before the first."""
        return self._arrivals[-4] if self._arrivals else 0

    @property
    def last_due(self) -> int:
        """due of the latest arrival, -1 before the first."""
        return self._arrivals[-3] if self._arrivals else -1

    # Copies, as an array cannot grow while numpy has a view of it.

    def arrivals(self) -> Table:
        """A row an arrival: seq, due, message_bytes, received_ns."""
        return np.array(self._arrivals, dtype=np.int64).reshape(-1, 4)

    def requests(self) -> Table:
        """A row a request that was answered: planned_ns, sent_ns, received_ns, events."""
        return np.array(self._requests, dtype=np.int64).reshape(-1, 4)

    def failed_requests(self) -> Table:
        """A row a request that was not, or with an error or a gap: planned_ns, sent_ns."""
        return np.array(self._failed, dtype=np.int64).reshape(-1, 2)

    def texts(self) -> Table:
        """A row a text that was sent: planned_ns, begun_ns, sent_ns, text_bytes."""
        return np.array(self._texts, dtype=np.int64).reshape(-1, 4)

    def missed_ns(self) -> Ints:
        """The planned instants that were left out."""
        return np.array(self._missed, dtype=np.int64)
