"""The queues of a relay: what is on its way through it, and the instants at which it leaves."""

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from time import monotonic_ns

from loadgen.under_test.link.delay import Delay
from loadgen.under_test.link.timerfd import Timer, timer

END = b""  # no more data will come: a FIN
RESET = None  # the connection was reset
Chunk = bytes | None

Call = Callable[[int], None]


class RelayQueue:
    """The queue of one direction of one connection; it knows neither clock nor socket.

    It begins paused: what is due stays until resume(). Data that comes to an empty queue and is
    due at once passes through.
    """

    def __init__(
        self,
        delay: Delay,
        window_bytes: int,
        *,
        call_at: Callable[[int, Call], None],
        deliver: Callable[[Chunk], None],
        stop_reading: Callable[[bool], None],
    ) -> None:
        """call_at(due_ns, call): call(now_ns) at that instant. stop_reading: while more than
        window_bytes are in the queue, with True, and with False once half of them have left.
        """
        self._delay = delay
        self._window_bytes = window_bytes
        self._call_at = call_at
        self._deliver = deliver
        self._stop_reading = stop_reading
        self._chunks: deque[tuple[int, Chunk]] = deque()
        self._size_bytes = 0
        self._paused = True
        self._planned = False
        self._full = False

    def put(self, now_ns: int, chunk: Chunk) -> None:
        due_ns = self._delay.due_ns(now_ns, len(chunk or b""))
        if due_ns <= now_ns and not self._chunks and not self._paused:
            self._deliver(chunk)
            return
        self._chunks.append((due_ns, chunk))
        self._size_bytes += len(chunk or b"")
        if not self._full and self._size_bytes > self._window_bytes:
            self._full = True
            self._stop_reading(True)
        self._plan()

    def pause(self) -> None:
        """Let nothing out: the other end's peer does not take any more."""
        self._paused = True

    def resume(self) -> None:
        """Let out what is due: the other end is connected, and its peer reads."""
        self._paused = False
        self._plan()

    def _plan(self) -> None:
        if self._chunks and not self._planned and not self._paused:
            self._planned = True
            self._call_at(self._chunks[0][0], self._let_out)

    def _let_out(self, now_ns: int) -> None:
        self._planned = False
        while self._chunks and self._chunks[0][0] <= now_ns and not self._paused:
            _, chunk = self._chunks.popleft()
            self._size_bytes -= len(chunk or b"")
            self._deliver(chunk)
        if self._full and self._size_bytes <= self._window_bytes // 2:
            self._full = False
            self._stop_reading(False)
        self._plan()


class WakeUpLead:
    """How much too early to set a timer that fires late, so that it fires just before its time.

    An idle machine takes 0.1 to 0.2 ms to wake up, a busy one hardly any. Adapted after each firing
    so that four of five are early; the rest of the time is spent in a loop.
    """

    LONGEST_NS = 300_000
    LATER_NS = 2_000
    SOONER_NS = 4 * LATER_NS

    def __init__(self) -> None:
        self.ns = self.LONGEST_NS // 2

    def adapt(self, late_ns: int) -> None:
        """late_ns: how long after the instant that mattered it fired; negative: before it."""
        step_ns = self.SOONER_NS if late_ns > 0 else -self.LATER_NS
        self.ns = min(max(self.ns + step_ns, 0), self.LONGEST_NS)


class Scheduler:
    """Calls of all queues, each at its instant, by one timer for all of them."""

    def __init__(self, make_timer: Callable[[Callable[[], None]], Timer] = timer) -> None:
        self._heap: list[tuple[int, int, Call]] = []
        self._order = itertools.count()  # of calls that are due at the same instant
        self._calling = False
        self._lead = WakeUpLead()
        self._timer = make_timer(self._on_timer)

    def call_at(self, due_ns: int, call: Call) -> None:
        """Call call(now_ns) at due_ns, by time.monotonic_ns(), or just after it."""
        first = not self._heap or due_ns < self._heap[0][0]
        heapq.heappush(self._heap, (due_ns, next(self._order), call))
        if first and not self._calling:
            self._timer.set(due_ns - self._lead.ns)

    def close(self) -> None:
        self._timer.close()

    def _on_timer(self) -> None:
        if not self._heap:
            return
        now_ns = monotonic_ns()
        self._lead.adapt(now_ns - self._heap[0][0])
        # Not beyond that: the sockets must not wait for calls that are due later.
        horizon_ns = now_ns + self._lead.ns
        self._calling = True
        while self._heap and self._heap[0][0] <= horizon_ns:
            due_ns, _, call = heapq.heappop(self._heap)
            while now_ns < due_ns:
                now_ns = monotonic_ns()
            call(now_ns)
        self._calling = False
        if self._heap:
            self._timer.set(self._heap[0][0] - self._lead.ns)
