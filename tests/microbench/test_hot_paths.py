"""The small functions that run once an event or once an arrival."""

from collections.abc import Callable

from feed.event import Event, decode, encode
from feed.history import History
from loadgen.recorder import Recorder

EVENT = Event(12_345, 15_000_000_000, "x" * 80)


def _time(benchmark, call: str, function: Callable[..., object], *arguments: object) -> None:
    benchmark.extra_info["call"] = call
    benchmark.pedantic(function, args=arguments, rounds=1_000, iterations=1_000)


def _history() -> History:
    history = History(capacity=1_000)
    for seq in range(1, 1_501):
        history.append(Event(seq, seq * 1_000, "x" * 80))
    return history


def test_encode(benchmark) -> None:
    _time(benchmark, "feed.event.encode, 80 bytes of text", encode, EVENT)


def test_decode(benchmark) -> None:
    _time(benchmark, "feed.event.decode, 80 bytes of text", decode, encode(EVENT))


def test_since_with_nothing_new(benchmark) -> None:
    _time(benchmark, "History.since, nothing new", _history().since, 1_500)


def test_since_with_ten_new(benchmark) -> None:
    _time(benchmark, "History.since, 10 new", _history().since, 1_490)


def test_record_an_arrival(benchmark) -> None:
    _time(benchmark, "Recorder.event", Recorder().event, EVENT, 120, 15_000_100_000)
