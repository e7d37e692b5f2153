"""The small functions that run once an event or once an arrival."""

from collections.abc import Callable

import pytest

from feed.event import Event, decode, encode
from feed.history import History
from loadgen.recording.recorder import Recorder
from tests.microbench.table import Benchmark

EVENT = Event(12_345, 15_000_000_000, "x" * 80)


def _history() -> History:
    history = History(capacity=1_000)
    for seq in range(1, 1_501):
        history.append(Event(seq, seq * 1_000, "x" * 80))
    return history


CALLS: dict[str, tuple[Callable[..., object], tuple[object, ...]]] = {
    "feed.event.encode, 80 bytes of text": (encode, (EVENT,)),
    "feed.event.decode, 80 bytes of text": (decode, (encode(EVENT),)),
    "History.since, nothing new": (_history().since, (1_500,)),
    "History.since, 10 new": (_history().since, (1_490,)),
    "Recorder.event": (Recorder().event, (EVENT, 120, 15_000_100_000)),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call(benchmark: Benchmark, times_ns: dict[str, float], name: str) -> None:
    call, arguments = CALLS[name]
    benchmark.pedantic(call, args=arguments, rounds=1_000, iterations=1_000)
    times_ns[name] = benchmark.stats.stats.median * 1e9
