"""A trial's totals: what its workers and its server measured, added up to Figures.

Counts and samples add up; a percentile is computed once, from all samples.
"""

import numpy as np

from feed.schedule import NS_PER_S
from loadgen.errors import TrialFailed
from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.distribution import distribution
from loadgen.recording.tally import merge
from loadgen.recording.time_series import Steps, series
from loadgen.runfile.figures import ConnectCost, Figures, Layers, ServerFigures, Traffic
from loadgen.runfile.scenario import Scenario
from loadgen.under_test.control_client import ServerReadings
from loadgen.worker.task import Result


def add_up(scenario: Scenario, results: list[Result], readings: ServerReadings | None) -> Figures:
    """The figures of a trial. readings: None of a server without any. Raises TrialFailed."""
    tally = merge([result.tally for result in results])
    if tally.foreign:
        raise TrialFailed(f"{tally.foreign} arrivals were not events of this feed")
    server = None
    if readings:
        if readings.window_start is None or readings.window_end is None:
            raise TrialFailed("the server did not take its readings at the window's ends")
        server = ServerFigures(
            ready=readings.ready,
            window_start=readings.window_start,
            window_end=readings.window_end,
            publish_lag=distribution(np.array(readings.lags_ns, dtype=np.int64)),
            loop=readings.loop,
            libraries=readings.libraries,
        )
    window_ns = round(scenario.trial.duration_s * NS_PER_S)
    browsers = [result.browser for result in results if result.browser is not None]
    stolen = [result.stolen_share for result in results if result.stolen_share is not None]
    return Figures(
        clients=scenario.clients.count,
        window_ns=window_ns,
        deliveries=tally.deliveries(),
        latency=distribution(tally.latency_ns),
        requests=tally.requests(),
        setup=ConnectCost(
            traffic=traffic([result.setup for result in results], payload_bytes=0, message_bytes=0),
            duration=distribution(np.concatenate([result.connect_ns for result in results])),
        ),
        window=traffic(
            [result.window for result in results],
            payload_bytes=tally.window_payload_bytes,
            message_bytes=tally.window_message_bytes,
            up_bytes=tally.window_up_bytes,
        ),
        whole=traffic(
            [result.whole for result in results],
            payload_bytes=tally.whole_payload_bytes,
            message_bytes=tally.whole_message_bytes,
            up_bytes=tally.whole_up_bytes,
        ),
        server=server,
        workers=tuple(result.figures for result in results),
        stolen_share=max(stolen, default=None),
        series=series(Steps(0, window_ns), tally.steps, tally.due_ns, tally.latency_ns),
        browser=browsers[0] if browsers else None,
    )


def traffic(
    counts: list[ByteCounts], *, payload_bytes: int, message_bytes: int, up_bytes: int = 0
) -> Traffic:
    """Bytes by layer and direction. payload_bytes, message_bytes: of the events, which go down.

    up_bytes: of the texts to an echo, which are payload and message in one.
    """
    total = sum(counts, ByteCounts())

    def layers(direction: str, payload_bytes: int, message_bytes: int) -> Layers:
        names = ("protocol_bytes", "tcp_bytes", "segments")
        counted = {name: getattr(total, f"{direction}_{name}") for name in names}
        return Layers(payload_bytes, message_bytes, **counted, syn_segments=total.connections)

    up, down = layers("up", up_bytes, up_bytes), layers("down", payload_bytes, message_bytes)
    return Traffic(up, down, total.connections)
