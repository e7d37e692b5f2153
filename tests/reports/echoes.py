"""Plausible runs of the echo, built and never recorded: 100 clients, 120 bytes a text.

The integers are what the sizes give: a POST of 700 bytes and its answer of 300, frames of 126 bytes
up and 125 down.
"""

from collections.abc import Iterable

import msgspec

from loadgen.runfile.figures import Figures, MessageSizes, Requests
from loadgen.runfile.run import Run
from loadgen.runfile.scenario import EchoSpec, Scenario
from tests.reports import runs

TEXT, ANSWER = 120, 123
TEXTS = 3_000
POST = MessageSizes(
    request_bytes=700,
    request_digit_bytes=0,
    empty_bytes=0,
    answer_bytes=300,
    answer_digit_bytes=0,
)


def measured(
    name: str, number: int, up: int, down: int, *, median_ns: int, requests: Requests
) -> Figures:
    """A trial whose every text was answered; up, down: protocol bytes of each."""
    made = runs.figures(
        latencies_ns=[median_ns + step for step in range(TEXTS)],
        requests=requests,
        up=runs.layers(TEXTS * TEXT, TEXTS * TEXT, TEXTS * up, TEXTS),
        down=runs.layers(TEXTS * ANSWER, TEXTS * ANSWER, TEXTS * down, TEXTS),
        server_cpu_ns=(600 if name == "post" else 200) * runs.MS + number,
        worker_cpu_ns=400 * runs.MS,
        server_rss=2_000_000,
        exchange=POST if name == "post" else None,
    )
    assert made.server
    server = msgspec.structs.replace(made.server, publish_lag=None)
    return msgspec.structs.replace(made, server=server)


def post(number: int = 1, failed: int = 0) -> Figures:
    """A request for each text."""
    delay = runs.durations([300_000] * TEXTS)
    requests = Requests(useful=TEXTS, empty=0, failed=failed, missed_slots=0, delay=delay)
    return measured("post", number, 700, 300, median_ns=900_000, requests=requests)


def websocket(number: int = 1) -> Figures:
    """A frame each way for each text."""
    delay = runs.durations([300_000] * TEXTS)
    requests = Requests(useful=0, empty=0, failed=0, missed_slots=0, delay=delay)
    return measured("websocket", number, 126, 125, median_ns=450_000, requests=requests)


MAKERS = {"post": post, "websocket": websocket}


def scenario(transports: Iterable[str] = MAKERS) -> Scenario:
    plain = runs.scenario()
    return msgspec.structs.replace(
        plain, workload="echo", transports=tuple(transports), echo=EchoSpec(payload_bytes=TEXT)
    )


def plausible(transports: Iterable[str] = MAKERS) -> Run:
    """Three sound rounds of each."""
    chosen = tuple(transports)
    trials = (
        runs.trial(name, number, MAKERS[name](number)) for number in (1, 2, 3) for name in chosen
    )
    return runs.run(trials, scenario(chosen))
