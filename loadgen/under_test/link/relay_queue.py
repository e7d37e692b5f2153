"""Lanes: what is on its way through a relay, and the instants at which it leaves."""

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from time import monotonic_ns

from loadgen.under_test.link.delay import Delay
from loadgen.under_test.link.timerfd import Alarm, alarm

END = b""  # no more data will come: a FIN
RESET = None  # the connection was reset
Chunk = bytes | None

Leave = Callable[[int], None]


class Lane:
    """One direction of one connection. Told what enters it and what time it is; knows no socket.

    It begins held, and what is due stays until release(). Data that comes when nothing is ahead
    of it and is due at once passes through without a queue.
    """

    def __init__(
        self,
        delay: Delay,
        window_bytes: int,
        *,
        plan: Callable[[int, Leave], None],
        deliver: Callable[[Chunk], None],
        throttle: Callable[[bool], None],
    ) -> None:
        """plan(due_ns, leave): call leave(now_ns) then. throttle: whether to stop reading."""
        self._delay = delay
        self._window_bytes = window_bytes
        self._plan = plan
        self._deliver = deliver
        self._throttle = throttle
        self._inside: deque[tuple[int, Chunk]] = deque()
        self._inside_bytes = 0
        self._held = True
        self._planned = False
        self._throttled = False

    def enter(self, now_ns: int, chunk: Chunk) -> None:
        due_ns = self._delay.due_ns(now_ns, len(chunk or b""))
        if due_ns <= now_ns and not self._inside and not self._held:
            self._deliver(chunk)
            return
        self._inside.append((due_ns, chunk))
        self._inside_bytes += len(chunk or b"")
        if not self._throttled and self._inside_bytes > self._window_bytes:
            self._throttled = True
            self._throttle(True)
        self._plan_first()

    def hold(self) -> None:
        """Let nothing out: the other end does not take any more."""
        self._held = True

    def release(self) -> None:
        """The other end is there, and takes what is due."""
        self._held = False
        self._plan_first()

    def _plan_first(self) -> None:
        if self._inside and not self._planned and not self._held:
            self._planned = True
            self._plan(self._inside[0][0], self._leave)

    def _leave(self, now_ns: int) -> None:
        self._planned = False
        while self._inside and self._inside[0][0] <= now_ns and not self._held:
            _, chunk = self._inside.popleft()
            self._inside_bytes -= len(chunk or b"")
            self._deliver(chunk)
        if self._throttled and self._inside_bytes <= self._window_bytes // 2:
            self._throttled = False
            self._throttle(False)
        self._plan_first()


class Lead:
    """How much too early to set an alarm that rings late, so that it rings just before its time.

    An idle machine takes 0.1 to 0.2 ms to wake up, a busy one hardly any. Steered by each ring so
    that four of five come early; what is left then is waited for in a loop.
    """

    LONGEST_NS = 300_000
    LATER_NS = 2_000
    SOONER_NS = 4 * LATER_NS

    def __init__(self) -> None:
        self.ns = self.LONGEST_NS // 2

    def learn(self, late_ns: int) -> None:
        """late_ns: of a ring, behind the instant that mattered; negative: before it."""
        step_ns = self.SOONER_NS if late_ns > 0 else -self.LATER_NS
        self.ns = min(max(self.ns + step_ns, 0), self.LONGEST_NS)


class Departures:
    """The timetable of all lanes: calls each at its instant, on one alarm for all of them."""

    def __init__(self, make_alarm: Callable[[Callable[[], None]], Alarm] = alarm) -> None:
        self._heap: list[tuple[int, int, Leave]] = []
        self._order = itertools.count()
        self._ringing = False
        self._lead = Lead()
        self._alarm = make_alarm(self._ring)

    def plan(self, due_ns: int, leave: Leave) -> None:
        """Call leave(now_ns) at due_ns, by time.monotonic_ns(), or just after it."""
        first = not self._heap or due_ns < self._heap[0][0]
        heapq.heappush(self._heap, (due_ns, next(self._order), leave))
        if first and not self._ringing:
            self._alarm.set(due_ns - self._lead.ns)

    def close(self) -> None:
        self._alarm.close()

    def _ring(self) -> None:
        if not self._heap:
            return
        now_ns = monotonic_ns()
        self._lead.learn(now_ns - self._heap[0][0])
        # No further: whoever is due later must not keep the sockets waiting now.
        horizon_ns = now_ns + self._lead.ns
        self._ringing = True
        while self._heap and self._heap[0][0] <= horizon_ns:
            due_ns, _, leave = heapq.heappop(self._heap)
            while now_ns < due_ns:
                now_ns = monotonic_ns()
            leave(now_ns)
        self._ringing = False
        if self._heap:
            self._alarm.set(self._heap[0][0] - self._lead.ns)
