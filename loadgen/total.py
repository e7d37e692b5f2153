"""What a trial's workers and its server have measured, added up to Figures.

Counts and samples add up; a percentile is made once, from all samples.
"""

import numpy as np

from feed.schedule import NS_PER_S
from loadgen.control import ServerAccount
from loadgen.distribution import distribution
from loadgen.errors import TrialFailed
from loadgen.figures import Connecting, Figures, Layers, ServerFigures, Traffic
from loadgen.fold import merge
from loadgen.scenario import Scenario
from loadgen.task import Result
from loadgen.wire import Wire


def add_up(scenario: Scenario, results: list[Result], account: ServerAccount) -> Figures:
    """The figures of a trial, from all its workers and its server. Raises TrialFailed."""
    if account.window_start is None or account.window_end is None:
        raise TrialFailed("the server did not take its readings at the window's ends")
    tally = merge([result.tally for result in results])
    if tally.foreign:
        raise TrialFailed(f"{tally.foreign} arrivals were not events of this feed")
    browsers = [result.browser for result in results if result.browser is not None]
    told = [result.stolen_share for result in results if result.stolen_share is not None]
    return Figures(
        clients=scenario.clients.count,
        window_ns=round(scenario.trial.duration_s * NS_PER_S),
        deliveries=tally.deliveries(),
        latency=distribution(tally.latency_ns),
        requests=tally.requests(),
        setup=Connecting(
            traffic=traffic([result.setup for result in results], payload_bytes=0, message_bytes=0),
            duration=distribution(np.concatenate([result.connect_ns for result in results])),
        ),
        window=traffic(
            [result.window for result in results],
            payload_bytes=tally.window_payload_bytes,
            message_bytes=tally.window_message_bytes,
        ),
        whole=traffic(
            [result.whole for result in results],
            payload_bytes=tally.whole_payload_bytes,
            message_bytes=tally.whole_message_bytes,
        ),
        server=ServerFigures(
            ready=account.ready,
            window_start=account.window_start,
            window_end=account.window_end,
            publish_lag=distribution(np.array(account.lags_ns, dtype=np.int64)),
            loop=account.loop,
            libraries=account.libraries,
        ),
        workers=tuple(result.figures for result in results),
        stolen_share=max(told) if told else None,
        browser=browsers[0] if browsers else None,
    )


def traffic(wires: list[Wire], *, payload_bytes: int, message_bytes: int) -> Traffic:
    """The layers of a feed: its events travel down, so payload and message are 0 on the way up."""
    total = sum(wires, Wire())
    return Traffic(
        up=Layers(
            payload_bytes=0,
            message_bytes=0,
            protocol_bytes=total.up_protocol_bytes,
            tcp_bytes=total.up_tcp_bytes,
            segments=total.up_segments,
            syn_segments=total.connections,
        ),
        down=Layers(
            payload_bytes=payload_bytes,
            message_bytes=message_bytes,
            protocol_bytes=total.down_protocol_bytes,
            tcp_bytes=total.down_tcp_bytes,
            segments=total.down_segments,
            syn_segments=total.connections,
        ),
        connections=total.connections,
    )
