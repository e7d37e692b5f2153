"""`python -m tests.network.drive`: one worker through one trial; its figures as a line of JSON."""

import sys
import time

import msgspec

from loadgen.runfile.figures import Traffic
from loadgen.runfile.scenario import Scenario
from loadgen.trial.totals import traffic
from loadgen.worker.task import Result, Task
from loadgen.worker.worker import work


class Order(msgspec.Struct, frozen=True):
    """What to drive: the scenario's one worker against the server at these addresses.

    authority  whom the clients trust to vouch for it, PEM; "" without TLS.
    """

    transport: str
    scenario: Scenario
    url: str
    authority: str
    control: str


class Driven(msgspec.Struct, frozen=True):
    """The figures, and the readings of the window's two ends in ns since 1970."""

    whole: Traffic
    window: Traffic
    window_start_ns: int
    window_end_ns: int
    received: int


def drive(order: Order) -> Driven:
    """One worker through one trial. Raises TrialFailed."""
    scenario = order.scenario
    result = work(
        Task(
            transport=order.transport,
            scenario=scenario,
            url=order.url,
            authority=order.authority,
            control=order.control,
            share=range(scenario.clients.count),
            index=0,
            workers=1,
            loop="uvloop",
            progress=("127.0.0.1", 9),  # where nobody listens
        )
    )
    since_1970_ns = time.time_ns() - time.monotonic_ns()
    return Driven(
        **_traffic(result),
        window_start_ns=result.figures.window_start.at_ns + since_1970_ns,
        window_end_ns=result.figures.window_end.at_ns + since_1970_ns,
        received=result.tally.received,
    )


def _traffic(result: Result) -> dict[str, Traffic]:
    tally = result.tally
    return {
        "whole": traffic(
            [result.whole],
            payload_bytes=tally.whole_payload_bytes,
            message_bytes=tally.whole_message_bytes,
        ),
        "window": traffic(
            [result.window],
            payload_bytes=tally.window_payload_bytes,
            message_bytes=tally.window_message_bytes,
        ),
    }


if __name__ == "__main__":
    driven = drive(msgspec.json.decode(sys.stdin.buffer.read(), type=Order))
    sys.stdout.write(msgspec.json.encode(driven).decode())
