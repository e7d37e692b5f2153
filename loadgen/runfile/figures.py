"""The figures of one trial, as the run file has them (docs/reference/run-file.md).

Counts and bytes add up over workers and connections; a percentile comes from all samples at once.
"""

from typing import Literal

import msgspec

from feed.process import Usage

# IPv4 and TCP header without options, and the timestamp option with its padding (RFC 7323).
HEADER_BYTES_PER_SEGMENT = 20 + 20 + 12
# The options of a SYN are 20 bytes: MSS (4), SACK permitted (2), timestamps (10), window scale (3)
# and padding (1).
MORE_BYTES_PER_SYN = 20 - 12


class Record(msgspec.Struct, frozen=True):
    """A part of the run file."""


class Distribution(Record, frozen=True):
    """A set of durations. Quantiles are exact, from the samples; the histogram is for drawing.

    histogram  HdrHistogram, V2 encoding, base64, 3 significant digits, in ns; "" where count is 0.
    """

    count: int
    mean_ns: float
    min_ns: int
    p50_ns: int
    p90_ns: int
    p99_ns: int
    p999_ns: int
    max_ns: int
    histogram: str = ""


class Deliveries(Record, frozen=True):
    """Events counted per client, by sequence number; of an echo, exchanges: a text and its answer.

    expected      clients × events that were due in the window.
    delivered     of those, the ones that arrived, each counted once.
    lost          expected - delivered.
    duplicates    further arrivals of an event that had already arrived.
    out_of_order  arrivals behind an event with a higher seq.
    late          delivered, but after the window's end (in the drain).
    gaps          answers that the events after a cursor are no longer in the server's history.
    received      events that arrived within the window, whenever they were due: what the
                  window's bytes, requests and CPU were spent on.
    """

    expected: int
    delivered: int
    lost: int
    duplicates: int
    out_of_order: int
    late: int
    gaps: int
    received: int


class Requests(Record, frozen=True):
    """HTTP requests of the window; all 0 for a push transport and for an echo over WebSocket.

    A short poll belongs to the window if its slot lies in it; a long poll, which has no slot, if
    its answer arrived in it; a POST by the planned instant of its text.

    useful   answered with at least one event; of an echo, with the text's answer.
    empty    answered, with no event.
    failed   not answered, or with an error (a gap is an answer of its own, counted here).
    missed_slots  planned polls that were left out, as the one before was not answered yet.
    delay    sent - planned, of the requests that were sent; of an echo's texts, on any transport:
             when the client got it to send - planned. None where there are none.
    """

    useful: int
    empty: int
    failed: int
    missed_slots: int
    delay: Distribution | None = None


class Layers(Record, frozen=True):
    """Bytes of one direction, each layer holding the one before it.

    payload_bytes   the events' texts, in UTF-8; of an echo, the texts and their answers.
    message_bytes   the encoded events; of an echo, the same as the payload.
    protocol_bytes  of HTTP requests and answers, or WebSocket frames, on the wire.
    tcp_bytes       of the TCP stream, as the kernel counted them (TCP_INFO); None without it.
    segments        TCP segments, those without data too (TCP_INFO); None without it.
    syn_segments    of those, the ones that open a connection.
    """

    payload_bytes: int
    message_bytes: int
    protocol_bytes: int
    tcp_bytes: int | None = None
    segments: int | None = None
    syn_segments: int = 0

    @property
    def ip_bytes(self) -> int | None:
        """The TCP stream and an IP and TCP header, with its options, for each segment."""
        if self.tcp_bytes is None or self.segments is None:
            return None
        headers_bytes = HEADER_BYTES_PER_SEGMENT * self.segments
        return self.tcp_bytes + headers_bytes + MORE_BYTES_PER_SYN * self.syn_segments


class Traffic(Record, frozen=True):
    """up: from the clients to the server. down: from the server to the clients."""

    up: Layers
    down: Layers
    connections: int  # opened within this span


class Link(Record, frozen=True):
    """The path between clients and server, measured with a bare TCP socket before the trial.

    rtt           round trips of one byte over an open connection.
    connect       from the call until a first byte was answered: two round trips.
    relay_rtt_ns  what the relay alone adds to a round trip: the median through it without a delay,
                  minus the median without it; None where there is no relay.
    """

    rtt: Distribution
    connect: Distribution
    relay_rtt_ns: int | None = None


class ConnectCost(Record, frozen=True):
    """The cost of connecting, of all clients together: handshakes, before the feed began.

    traffic   up to the barrier: of TCP, TLS and WebSocket; none for polls without keep-alive.
    duration  of one client: from the call until it may subscribe or poll; None without clients.
    """

    traffic: Traffic
    duration: Distribution | None = None


class Busy(Record, frozen=True):
    """Short polls to a server that was never idle in between, measured after the drain.

    events   in their answers.
    cpu_ns   the server's CPU time in this span.
    span_ns  from the first poll until the last answer.
    """

    polls: int
    events: int
    cpu_ns: int
    span_ns: int


class MessageSizes(Record, frozen=True):
    """The sizes of one poll with this trial's settings, measured after the drain; HTTP bytes.

    Of an echo, one POST of this trial's size: request_bytes and answer_bytes are whole, with their
    bodies, and the other three are 0. (Files of earlier versions hold times of a poll as well,
    `service_ns` and `waking`, which nothing reads.)

    request_bytes        of a poll whose cursor has one digit.
    request_digit_bytes  what each further digit adds: 1, or 0 where headers are filled up.
    empty_bytes          of an answer without events.
    answer_bytes         of the head of an answer with events, whose body length has one digit.
    answer_digit_bytes   what each further digit of that length adds: 1 or 0.
    busy                 of short polls; None where the server was not ours.
    """

    request_bytes: int
    request_digit_bytes: int
    empty_bytes: int
    answer_bytes: int
    answer_digit_bytes: int
    busy: Busy | None = None


class ServerFigures(Record, frozen=True):
    """The server's own figures: ready (before any client), and at the window's two ends."""

    ready: Usage
    window_start: Usage
    window_end: Usage
    publish_lag: Distribution | None  # appended - due, of the window's events
    loop: str
    libraries: dict[str, str]


class WorkerFigures(Record, frozen=True):
    """One worker process: ready (before it connects), and at the window's two ends.

    loop_lag  how late a timer of the worker's event loop fired, each 10 ms, in the window.
    """

    clients: int
    ready: Usage
    window_start: Usage
    window_end: Usage
    loop_lag: Distribution
    loop: str


class Series(Record, frozen=True):
    """The window step by step, from its start: one value per step, of all clients together.

    step_ns         how long a step is; the last one may be shorter.
    expected        clients × events that were due in the step.
    delivered       of those, the ones that arrived, whenever it was.
    received        events that arrived in the step.
    message_bytes   of those, encoded.
    useful, empty   requests answered with events, and without, as in Requests.
    latency_…_ns    of the events that were due in the step; None where none was delivered.
    """

    step_ns: int
    expected: tuple[int, ...]
    delivered: tuple[int, ...]
    received: tuple[int, ...]
    message_bytes: tuple[int, ...]
    useful: tuple[int, ...]
    empty: tuple[int, ...]
    latency_p50_ns: tuple[int | None, ...]
    latency_p99_ns: tuple[int | None, ...]
    latency_max_ns: tuple[int | None, ...]


class Outside(Record, frozen=True):
    """What is known of a trial at a server that ran already.

    begins_ns        from the feed's epoch to the instant from which warm-up counts.
    clock_offset_ns  the server's clock - ours, subtracted from the latencies.
    clock_bound_ns   the largest error of that offset; None: the server has no clock to compare.
    expected_from    "feed": the target says what it pushes; "seq": the numbers of the arrivals.
    """

    begins_ns: int
    clock_offset_ns: int
    clock_bound_ns: int | None
    expected_from: Literal["feed", "seq"]


class BrowserFigures(Record, frozen=True):
    """The browser whose pages were the clients: ready (before its first page), and at the window's
    two ends, all of its processes added up; memory that they share counts in each.

    clock_error_ns  the largest error of a page's clock against the host's.
    """

    version: str  # such as "Chrome 156.0.8078.79"
    clock_error_ns: int
    ready: Usage
    window_start: Usage
    window_end: Usage


class Figures(Record, frozen=True):
    """All figures of a trial. `window` ends with the window, `whole` with the last close."""

    clients: int
    window_ns: int
    deliveries: Deliveries
    latency: Distribution | None  # received - due, of the delivered; None where there are none
    requests: Requests
    window: Traffic
    whole: Traffic
    server: ServerFigures | None  # None: not known from outside
    workers: tuple[WorkerFigures, ...]
    link: Link | None = None  # None where it was not measured
    setup: ConnectCost | None = None  # None in files that do not have it
    exchange: MessageSizes | None = None  # None for a push transport, and where it was not measured
    outside: Outside | None = None  # None where the server was ours
    stolen_share: float | None = None  # of the window's CPU time, all cores; None: not known
    series: Series | None = None  # None in files that do not have it
    browser: BrowserFigures | None = None  # None where the clients were not pages
