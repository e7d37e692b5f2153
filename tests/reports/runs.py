"""Plausible runs for the reports' tests, built and never recorded: the same at each call.

What they hold is what theory expects of them, and a little of a server's time.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from feed.process import Usage
from feed.spec import FeedSpec
from loadgen.recording.distribution import distribution
from loadgen.runfile.figures import (
    Deliveries,
    Distribution,
    Figures,
    Layers,
    Link,
    MessageSizes,
    Requests,
    ServerFigures,
    Traffic,
    WorkerFigures,
)
from loadgen.runfile.run import Machine, Run, Trial
from loadgen.runfile.scenario import ClientsSpec, PollSpec, Scenario, TrialSpec

MS = 1_000_000
WINDOW_NS = 60_000 * MS
CLIENTS = 100
EXPECTED = 1_200
PAYLOAD = 120
MESSAGE = 157  # of a text of 120, in the mean

POLL = MessageSizes(
    request_bytes=470,
    request_digit_bytes=0,
    empty_bytes=180,
    answer_bytes=178,
    answer_digit_bytes=0,
)


def durations(values_ns: Iterable[int]) -> Distribution:
    """The Distribution of at least one duration, as the load generator makes it."""
    made = distribution(np.fromiter(values_ns, dtype=np.int64))
    assert made
    return made


def usage(at_ns: int = 0, cpu_ns: int = 0, rss_bytes: int = 0) -> Usage:
    """A reading; three quarters of the CPU time in user mode."""
    user_ns = cpu_ns * 3 // 4
    return Usage(at_ns=at_ns, user_ns=user_ns, system_ns=cpu_ns - user_ns, rss_bytes=rss_bytes)


def layers(payload: int, message: int, protocol: int, segments: int | None) -> Layers:
    """One direction whose TCP stream holds the protocol's bytes; segments None: no TCP_INFO."""
    return Layers(
        payload_bytes=payload,
        message_bytes=message,
        protocol_bytes=protocol,
        tcp_bytes=None if segments is None else protocol,
        segments=segments,
    )


def figures(
    *,
    latencies_ns: Iterable[int],
    requests: Requests,
    up: Layers,
    down: Layers,
    server_cpu_ns: int,
    worker_cpu_ns: int,
    server_rss: int,
    exchange: MessageSizes | None = None,
) -> Figures:
    """A healthy trial of 100 clients over 60 s in which every event arrived in the window."""
    latency = durations(latencies_ns)
    traffic = Traffic(up=up, down=down, connections=0)
    return Figures(
        clients=CLIENTS,
        window_ns=WINDOW_NS,
        deliveries=deliveries(latency.count),
        latency=latency,
        requests=requests,
        window=traffic,
        whole=traffic,
        server=ServerFigures(
            ready=usage(0, 0, 40_000_000),
            window_start=usage(10 * MS, 20 * MS, 40_000_000 + server_rss),
            window_end=usage(10 * MS + WINDOW_NS, 20 * MS + server_cpu_ns, 40_000_000 + server_rss),
            publish_lag=durations([300_000] * 12),
            loop="uvloop 0.21.0",
            libraries={"aiohttp": "3.12.0"},
        ),
        workers=(worker(worker_cpu_ns),),
        link=Link(rtt=durations([30_000] * 100), connect=durations([60_000] * 20)),
        exchange=exchange,
    )


def deliveries(received: int, **changes: int) -> Deliveries:
    """All that was expected arrived, once, in order and in the window; then the changes."""
    whole = Deliveries(
        expected=received,
        delivered=received,
        lost=0,
        duplicates=0,
        out_of_order=0,
        late=0,
        gaps=0,
        received=received,
    )
    return msgspec.structs.replace(whole, **changes)


def worker(cpu_ns: int, loop_lag_ns: int = 200_000) -> WorkerFigures:
    """The worker of all clients, which grew by 3.2 MB."""
    return WorkerFigures(
        clients=CLIENTS,
        ready=usage(0, 0, 50_000_000),
        window_start=usage(10 * MS, 30 * MS, 53_200_000),
        window_end=usage(10 * MS + WINDOW_NS, 30 * MS + cpu_ns, 53_200_000),
        loop_lag=durations([loop_lag_ns] * 100),
        loop="uvloop 0.21.0",
    )


def short_poll(seed: int = 1) -> Figures:
    """6,000 polls for 1,200 deliveries: four in five for nothing."""
    draw = np.random.default_rng(seed)
    phases = (np.arange(EXPECTED) % CLIENTS + 0.5) / CLIENTS * 1_000 * MS
    waits = phases + draw.lognormal(13.0, 0.3, EXPECTED)
    return figures(
        latencies_ns=waits.astype(int).tolist(),
        requests=Requests(
            useful=1_200, empty=4_800, failed=0, missed_slots=0, delay=durations([700_000] * 99)
        ),
        up=layers(0, 0, 6_000 * 470, 6_000),
        down=layers(
            PAYLOAD * EXPECTED, MESSAGE * EXPECTED, 6_000 * 180 + MESSAGE * EXPECTED, 6_000
        ),
        server_cpu_ns=(760 + 9 * seed) * MS,
        worker_cpu_ns=(300 + 5 * seed) * MS,
        server_rss=1_100_000 + 10_000 * seed,
        exchange=POLL,
    )


def long_poll(seed: int = 1) -> Figures:
    """A request for each event."""
    draw = np.random.default_rng(seed + 100)
    waits = draw.lognormal(13.4, 0.35, EXPECTED)
    return figures(
        latencies_ns=waits.astype(int).tolist(),
        requests=Requests(
            useful=1_200, empty=0, failed=0, missed_slots=0, delay=durations([90_000] * 99)
        ),
        up=layers(0, 0, 1_200 * 470, 1_300),
        down=layers(
            PAYLOAD * EXPECTED, MESSAGE * EXPECTED, 1_200 * 180 + MESSAGE * EXPECTED, 1_240
        ),
        server_cpu_ns=(270 + 4 * seed) * MS,
        worker_cpu_ns=(110 + 2 * seed) * MS,
        server_rss=1_900_000 + 10_000 * seed,
        exchange=POLL,
    )


def websocket(seed: int = 1) -> Figures:
    """One frame for each event."""
    draw = np.random.default_rng(seed + 200)
    waits = draw.lognormal(12.9, 0.3, EXPECTED)
    return figures(
        latencies_ns=waits.astype(int).tolist(),
        requests=Requests(useful=0, empty=0, failed=0, missed_slots=0),
        up=layers(0, 0, 0, 900),
        down=layers(PAYLOAD * EXPECTED, MESSAGE * EXPECTED, (MESSAGE + 4) * EXPECTED, EXPECTED),
        server_cpu_ns=(60 + 2 * seed) * MS,
        worker_cpu_ns=(40 + seed) * MS,
        server_rss=2_900_000 + 20_000 * seed,
    )


MAKERS = {"short-poll": short_poll, "long-poll": long_poll, "websocket": websocket}


def trial(transport: str, number: int, measured: Figures) -> Trial:
    """A trial that gave figures."""
    return Trial(
        transport=transport, round=number, started_at="2025-03-01T12:00:00Z", figures=measured
    )


def failed(transport: str, number: int, reason: str = "the server ended with code 1") -> Trial:
    """A trial that gave none."""
    return Trial(
        transport=transport, round=number, started_at="2025-03-01T12:00:00Z", failure=reason
    )


def scenario(transports: Iterable[str] = MAKERS, rounds: int = 3, **changes: Any) -> Scenario:
    """An event every five seconds for a hundred clients."""
    whole = Scenario(
        name="quiet-chat",
        description="A quiet chat room: an event every five seconds.",
        transports=tuple(transports),
        feed=FeedSpec(schedule="constant", rate_per_s=0.2, payload_bytes=PAYLOAD),
        clients=ClientsSpec(count=CLIENTS),
        poll=PollSpec(interval_s=1.0),
        trial=TrialSpec(duration_s=60.0, rounds=rounds),
    )
    return msgspec.structs.replace(whole, **changes)


def run(trials: Iterable[Trial], plan: Scenario | None = None) -> Run:
    """A run of these trials."""
    return Run(
        pushbench="0.1.0",
        started_at="2025-03-01T12:00:00Z",
        command="pushbench run quiet-chat --seed 7",
        seed=7,
        scenario=plan or scenario(),
        machine=Machine(
            host="bench-1",
            system="Linux 6.8",
            processor="Example CPU 3000",
            cores=8,
            memory_bytes=16_000_000_000,
            python="3.11.9",
            congestion_control="cubic",
            network="loopback",
            malloc={"M_MMAP_THRESHOLD": "4194304"},
            libraries={"aiohttp": "3.12.0", "websockets": "15.0"},
        ),
        trials=tuple(trials),
    )


def plausible(rounds: int = 3) -> Run:
    """Every transport, healthy, in each of the rounds."""
    trials = (
        trial(name, number, make(number))
        for number in range(1, rounds + 1)
        for name, make in MAKERS.items()
    )
    return run(trials, scenario(rounds=rounds))


def silent(measured: Figures) -> Figures:
    """The same trial, had nothing ever arrived."""
    counts = Deliveries(
        expected=EXPECTED,
        delivered=0,
        lost=EXPECTED,
        duplicates=0,
        out_of_order=0,
        late=0,
        gaps=0,
        received=0,
    )
    return msgspec.structs.replace(measured, deliveries=counts, latency=None)
