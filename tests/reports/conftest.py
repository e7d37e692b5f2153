"""Runs of every shape that a report must be able to show."""

from collections.abc import Callable

import msgspec
import pytest

from loadgen.runfile.figures import Layers
from loadgen.runfile.run import Run
from tests.reports import echoes, runs, stepped


def _without_tcp_info() -> Run:
    poll = runs.short_poll()

    def bare(layers: Layers) -> Layers:
        return msgspec.structs.replace(layers, tcp_bytes=None, segments=None)

    window = msgspec.structs.replace(
        poll.window, up=bare(poll.window.up), down=bare(poll.window.down)
    )
    poll = msgspec.structs.replace(poll, window=window, whole=window)
    return runs.run(
        [runs.trial("short-poll", 1, poll), runs.trial("websocket", 1, runs.websocket())]
    )


def _sick() -> Run:
    slow = msgspec.structs.replace(
        runs.websocket(), workers=(runs.worker(58_000 * runs.MS, 70 * runs.MS),)
    )
    return runs.run(
        [runs.trial("short-poll", 1, runs.short_poll()), runs.trial("websocket", 1, slow)],
        runs.scenario(["short-poll", "websocket"], 1),
    )


def _silent() -> Run:
    return runs.run(
        [runs.trial(name, 1, runs.silent(make())) for name, make in runs.MAKERS.items()],
        runs.scenario(rounds=1),
    )


def _one_round_failed() -> Run:
    whole = runs.plausible(2)
    *others, last = whole.trials
    return runs.run([*others, runs.failed(last.transport, 2)], runs.scenario(rounds=2))


def _one_delivery() -> Run:
    """One event for one of the clients, and nothing of the processes."""
    poll = msgspec.structs.replace(
        runs.silent(runs.short_poll()),
        deliveries=runs.deliveries(1, expected=2, lost=1),
        latency=runs.durations([500 * runs.MS]),
    )
    silent = runs.silent(runs.websocket())
    return runs.run([runs.trial("short-poll", 1, poll), runs.trial("websocket", 1, silent)])


SHAPES: dict[str, Callable[[], Run]] = {
    "plausible": runs.plausible,
    "one round": lambda: runs.plausible(1),
    "only websocket": lambda: runs.run(
        [runs.trial("websocket", 1, runs.websocket())], runs.scenario(["websocket"], 1)
    ),
    "only short-poll": lambda: runs.run(
        [runs.trial("short-poll", 1, runs.short_poll())], runs.scenario(["short-poll"], 1)
    ),
    "one transport failed": lambda: runs.run(
        [runs.failed("short-poll", 1), runs.trial("websocket", 1, runs.websocket())]
    ),
    "all failed": lambda: runs.run([runs.failed(name, 1) for name in runs.MAKERS]),
    "nothing delivered": _silent,
    "no trial yet": lambda: runs.run([]),
    "no TCP_INFO": _without_tcp_info,
    "sick generator": _sick,
    "one round failed": _one_round_failed,
    "one delivery": _one_delivery,
    "step by step": stepped.run,
    "echo": echoes.plausible,
    "echo over one transport": lambda: echoes.plausible(["post"]),
}


@pytest.fixture(params=SHAPES)
def any_run(request: pytest.FixtureRequest) -> Run:
    """A run of each shape in turn."""
    return SHAPES[request.param]()


@pytest.fixture(scope="session")
def plausible() -> Run:
    """Three transports, three rounds, all sound."""
    return runs.plausible()
