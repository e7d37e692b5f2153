"""The needs of each transport at a size that was not measured: theory's loads at measured costs.

Requests and bytes follow from the transport's model (theory/model/closed_form.py) at the planned
size; where it has none, from what the trials had per delivery. CPU time and memory follow from
the costs fitted to the trials (costs.py).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from feed.transport import LONG_POLL
from loadgen.runfile.figures import Figures
from loadgen.runfile.run import Run
from reports.planning.costs import Costs, Estimate, Load, calls_per_s, costs, tried
from reports.summary.formulas import NS_PER_S, both_ways, requests_per_s
from reports.theory import predict
from reports.theory.model import wire_sizes
from reports.theory.model.inputs import ModelInputs, model_inputs

MONTH_S = 30 * 24 * 3600


@dataclass(frozen=True)
class Size:
    """What is planned. interval_s: between short polls. busy: how much of a core may be used."""

    clients: int
    rate_per_s: float
    payload_bytes: int
    interval_s: float
    busy: float = 0.7


@dataclass(frozen=True)
class Need:
    """One transport at that size.

    cores             cores at work, each so busy as the size allows; server processes to run.
    memory_bytes      of all server processes together, connections and what a process takes itself.
    requests_per_s    in all.
    deliveries_per_s  in all.
    protocol_bytes_per_s  HTTP or frames, both directions.
    ip_bytes_per_s    with the headers of IP packets on a network with an MTU of 1,500; where theory
                      has no model, as counted on the network of the run.
    latency_mean_ns   as theory expects it; None where it does not.
    measured          the numbers of clients of the trials behind it, ascending.
    one_mix           as in Costs.
    modelled          whether theory gave requests and bytes.
    """

    transport: str
    cores: Estimate
    processes: int
    memory_bytes: Estimate
    requests_per_s: float
    deliveries_per_s: float
    protocol_bytes_per_s: float | None
    ip_bytes_per_s: float | None
    latency_mean_ns: float | None
    measured: tuple[int, ...]
    one_mix: bool
    modelled: bool

    @property
    def month_bytes(self) -> float | None:
        """Of IP packets in 30 days."""
        return None if self.ip_bytes_per_s is None else self.ip_bytes_per_s * MONTH_S


@dataclass(frozen=True)
class _Traffic:
    """A part of Need, under the same names."""

    requests_per_s: float
    protocol_bytes_per_s: float | None
    ip_bytes_per_s: float | None
    latency_mean_ns: float | None = None
    modelled: bool = False


def needs(runs: Sequence[Run], size: Size) -> tuple[Need, ...]:
    """Each transport that gave figures, in the order of the runs."""
    names = dict.fromkeys(t.transport for run in runs for t in run.trials if t.figures)
    return tuple(_need(runs, known, size) for name in names if (known := costs(runs, name)))


def _need(runs: Sequence[Run], known: Costs, size: Size) -> Need:
    # The trial with the most clients is the one most like what is planned.
    most = max(tried(runs, known.transport), key=lambda entry: entry[0].scenario.clients.count)
    run, trial, figures = most
    traffic = _modelled(model_inputs(run, trial), size) or _as_measured(figures, size)
    deliveries, processes = size.clients * size.rate_per_s, 1
    for _ in range(3):  # of several processes each is called less often, and so wakes more often
        requests = traffic.requests_per_s / processes
        calls = calls_per_s(known.transport, requests, size.rate_per_s)
        cores = known.cores(Load(calls, requests, deliveries / processes)).times(processes)
        processes = max(1, math.ceil(cores.mid / size.busy))
    assert figures.server is not None  # else its costs are not known either
    own_bytes = figures.server.ready.rss_bytes
    return Need(
        transport=known.transport,
        cores=cores.times(1 / size.busy),
        processes=processes,
        memory_bytes=known.memory(size.clients / processes).plus(own_bytes).times(processes),
        deliveries_per_s=deliveries,
        measured=known.clients,
        one_mix=known.one_mix,
        **vars(traffic),
    )


def ip_bytes_per_event(measured: ModelInputs, size: Size) -> float | None:
    """The expectation for each delivery, as Need.ip_bytes_per_s counts; None where theory has no
    model or not all sizes."""
    traffic = _modelled(measured, size)
    if traffic is None or traffic.ip_bytes_per_s is None:
        return None
    return traffic.ip_bytes_per_s / (size.clients * size.rate_per_s)


def _modelled(measured: ModelInputs, size: Size) -> _Traffic | None:
    """Theory's, from a trial's inputs at another size: a Poisson feed, and the same link."""
    inputs = replace(
        measured,
        clients=size.clients,
        interval_ns=round(size.interval_s * NS_PER_S),
        rate_per_s=size.rate_per_s,
        at_once=1,
        random=True,
        payload_bytes=size.payload_bytes,
        sampled=None,
        no_feed="it is planned, and not sampled",
    )
    values = predict.expect(inputs).values
    requests, each = values.get("requests_per_s"), values.get("protocol_bytes_per_delivery")
    if requests is None or each is None:
        return None
    deliveries, empty = size.clients * size.rate_per_s, values.get("empty_share", 0.0) * requests
    protocol = each * deliveries
    ip = _ip_bytes(inputs, protocol, requests, empty, deliveries)
    return _Traffic(requests, protocol, ip, values.get("latency_mean_ns"), modelled=True)


def _as_measured(figures: Figures, size: Size) -> _Traffic:
    """The trial's own requests and bytes for each delivery, and no model of what changes them."""
    share = size.clients * size.rate_per_s / max(1, figures.deliveries.received)
    protocol, ip = both_ways(figures, "protocol_bytes"), both_ways(figures, "ip_bytes")
    return _Traffic(
        requests_per_s=(requests_per_s(figures) or 0.0) * figures.window_ns / NS_PER_S * share,
        protocol_bytes_per_s=None if protocol is None else protocol * share,
        ip_bytes_per_s=None if ip is None else ip * share,
    )


def _ip_bytes(
    inputs: ModelInputs, protocol: float, requests: float, empty: float, deliveries: float
) -> float | None:
    """With the headers of the packets that carry them (reports/theory/model/wire_sizes.py)."""
    if inputs.changed or inputs.encrypted:
        return None
    if not requests:
        return protocol + deliveries * _headers(protocol / deliveries, answered=False)
    sizes = inputs.sizes
    assert sizes is not None
    answers = protocol - requests * sizes.request_bytes
    useful = (answers - empty * sizes.empty_bytes) / max(1e-9, requests - empty)
    waits = inputs.transport == LONG_POLL
    opened = 0 if inputs.keep_alive else requests * wire_sizes.CONNECTION_BYTES
    return (
        protocol
        + opened
        + requests * _headers(sizes.request_bytes, answered=not waits)
        + empty * _headers(sizes.empty_bytes, answered=waits)
        + (requests - empty) * _headers(useful, answered=waits)
    )


def _headers(message_bytes: float, *, answered: bool) -> float:
    """Of the packets of one message, and of what acknowledges it."""
    size = np.array([max(1, round(message_bytes))])
    return float((wire_sizes.one_way(size, np.array([answered])) - size)[0])
