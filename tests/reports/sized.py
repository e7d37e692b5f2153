"""Trials of any size whose server spent exactly what a model says: for the plan's tests."""

import msgspec

from feed.spec import FeedSpec
from loadgen.runfile.figures import Busy, Requests
from loadgen.runfile.run import Run
from loadgen.runfile.scenario import ClientsSpec, PollSpec
from tests.reports import runs

READY_BYTES = 40_000_000
WINDOW_S = runs.WINDOW_NS / 1e9


def of_size(
    transport: str,
    clients: int,
    *,
    requests_per_s: float,
    deliveries_per_s: float,
    cpu: float,
    rss_bytes: int,
    rounds: int = 1,
    busy: Busy | None = None,
) -> Run:
    """cpu: of one core; rss_bytes: grown by the clients; busy: for short polls."""
    made = runs.MAKERS[transport]()
    assert made.server
    requests = round(requests_per_s * WINDOW_S)
    usage = runs.usage(runs.WINDOW_NS, round(cpu * runs.WINDOW_NS), READY_BYTES + rss_bytes)
    figures = msgspec.structs.replace(
        made,
        clients=clients,
        requests=Requests(useful=requests, empty=0, failed=0, missed_slots=0),
        deliveries=runs.deliveries(round(deliveries_per_s * WINDOW_S)),
        server=msgspec.structs.replace(
            made.server, window_start=runs.usage(0, 0, READY_BYTES), window_end=usage
        ),
        exchange=made.exchange and msgspec.structs.replace(made.exchange, busy=busy),
    )
    scenario = runs.scenario(
        [transport],
        rounds,
        clients=ClientsSpec(count=clients),
        feed=FeedSpec(schedule="constant", rate_per_s=deliveries_per_s / clients),
        poll=PollSpec(interval_s=clients / requests_per_s if requests_per_s else 1.0),
    )
    trials = [runs.trial(transport, number, figures) for number in range(1, rounds + 1)]
    return runs.run(trials, scenario)
