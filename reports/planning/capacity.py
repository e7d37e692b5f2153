"""What each transport needs at a size nobody measured: theory's loads at measured costs. Pure.

Requests and bytes follow from the transport's model (theory/model/closed_form.py) at the planned
size; where it has none, from what the trials had per delivery. CPU time and memory follow from
the costs fitted to the trials (costs.py).
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from feed.transport import LONG_POLL
from loadgen.runfile.run import Run, Trial
from reports.planning.costs import Costs, Estimate, Load, costs, turns_per_s
from reports.summary.formulas import NS_PER_S, both_ways, requests_per_s
from reports.theory import predict
from reports.theory.model import wire_sizes
from reports.theory.model.inputs import Premise, premise

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
    modelled: bool

    @property
    def month_bytes(self) -> float | None:
        """Of IP packets in 30 days."""
        return None if self.ip_bytes_per_s is None else self.ip_bytes_per_s * MONTH_S


@dataclass(frozen=True)
class _Traffic:
    """Of all clients together, each second."""

    requests: float
    protocol_bytes: float | None
    ip_bytes: float | None
    latency_mean_ns: float | None
    modelled: bool


def needs(runs: Sequence[Run], size: Size) -> tuple[Need, ...]:
    """Each transport that gave figures, in the order of the runs."""
    tried = dict.fromkeys(t.transport for run in runs for t in run.trials if t.figures)
    found = ((name, costs(runs, name)) for name in tried)
    return tuple(_need(runs, known, size) for _, known in found if known is not None)


def _need(runs: Sequence[Run], known: Costs, size: Size) -> Need:
    run, trial = _largest(runs, known.transport)
    deliveries = size.clients * size.rate_per_s
    processes, load = 1, _load(run, trial, size, size.clients)
    for _ in range(3):  # more processes serve fewer clients each, which may change their requests
        cores = known.cores(_share(known.transport, load, size, processes)).times(processes)
        processes = max(1, math.ceil(cores.mid / size.busy))
        load = _load(run, trial, size, size.clients / processes)
    own_bytes = _process_bytes(trial) * processes
    grown = known.memory(size.clients / processes).times(processes)
    return Need(
        transport=known.transport,
        cores=cores.times(1 / size.busy),
        processes=processes,
        memory_bytes=Estimate(grown.low + own_bytes, grown.mid + own_bytes, grown.high + own_bytes),
        requests_per_s=load.requests,
        deliveries_per_s=deliveries,
        protocol_bytes_per_s=load.protocol_bytes,
        ip_bytes_per_s=load.ip_bytes,
        latency_mean_ns=load.latency_mean_ns,
        measured=known.clients,
        modelled=load.modelled,
    )


def _share(transport: str, traffic: _Traffic, size: Size, processes: int) -> Load:
    """What one of the processes has to do. Each of them publishes every event."""
    requests = traffic.requests / processes
    return Load(
        turns=turns_per_s(transport, requests, size.rate_per_s),
        requests=requests,
        deliveries=size.clients * size.rate_per_s / processes,
    )


def _largest(runs: Sequence[Run], transport: str) -> tuple[Run, Trial]:
    """The trial with the most clients: the one most like what is planned."""
    tried = [
        (run, trial)
        for run in runs
        for trial in run.trials
        if trial.transport == transport and trial.figures
    ]
    return max(tried, key=lambda entry: entry[0].scenario.clients.count)


def _process_bytes(trial: Trial) -> int:
    assert trial.figures is not None
    assert trial.figures.server is not None  # else its costs are not known either
    return trial.figures.server.ready.rss_bytes


def _load(run: Run, trial: Trial, size: Size, clients_each: float) -> _Traffic:
    """clients_each: of one server process; the load is that of all clients."""
    planned = planned_premise(premise(run, trial), size, round(clients_each))
    return _modelled(planned, size) or _as_measured(trial, size)


def ip_bytes_per_event(known: Premise, size: Size) -> float | None:
    """What theory expects for each delivery, as Need.ip_bytes_per_s counts, with one server
    process; None where it has no model or not all sizes."""
    load = _modelled(planned_premise(known, size, size.clients), size)
    if load is None or load.ip_bytes is None:
        return None
    return load.ip_bytes / (size.clients * size.rate_per_s)


def _modelled(planned: Premise, size: Size) -> _Traffic | None:
    told = predict.expect(planned)
    requests, protocol = (
        told.values.get(key) for key in ("requests_per_s", "protocol_bytes_per_delivery")
    )
    if requests is None or protocol is None:
        return None
    deliveries = size.clients * size.rate_per_s
    requests *= size.clients / planned.clients
    empty = told.values.get("empty_share", 0.0) * requests
    return _Traffic(
        requests=requests,
        protocol_bytes=protocol * deliveries,
        ip_bytes=_ip_bytes(planned, protocol * deliveries, requests, empty, deliveries),
        latency_mean_ns=told.values.get("latency_mean_ns"),
        modelled=True,
    )


def planned_premise(known: Premise, size: Size, clients: int) -> Premise:
    """What theory knew of a trial, at another size: a Poisson feed, and the same link."""
    return dataclasses.replace(
        known,
        clients=max(1, clients),
        interval_ns=round(size.interval_s * NS_PER_S),
        rate_per_s=size.rate_per_s,
        at_once=1,
        random=True,
        payload_bytes=size.payload_bytes,
        drawn=None,
        no_feed="it is planned, and not drawn",
    )


def _as_measured(trial: Trial, size: Size) -> _Traffic:
    """The trial's own requests and bytes for each delivery, and no model of what changes them."""
    figures = trial.figures
    assert figures is not None
    share = size.clients * size.rate_per_s / max(1, figures.deliveries.received)
    per_s = requests_per_s(figures) or 0.0
    window_s = figures.window_ns / NS_PER_S
    protocol, ip = both_ways(figures, "protocol_bytes"), both_ways(figures, "ip_bytes")
    return _Traffic(
        requests=per_s * window_s * share,
        protocol_bytes=None if protocol is None else protocol * share,
        ip_bytes=None if ip is None else ip * share,
        latency_mean_ns=None,
        modelled=False,
    )


def _ip_bytes(
    planned: Premise, protocol: float, requests: float, empty: float, deliveries: float
) -> float | None:
    """With the headers of the packets that carry them (reports/theory/model/wire_sizes.py)."""
    if planned.changed or planned.encrypted:
        return None
    if not requests:
        return protocol + deliveries * _headers(protocol / deliveries, answered=False)
    exchange = planned.exchange
    assert exchange is not None
    answers = protocol - requests * exchange.request_bytes
    useful = (answers - empty * exchange.empty_bytes) / max(1e-9, requests - empty)
    held = planned.transport == LONG_POLL
    opened = 0 if planned.keep_alive else requests * wire_sizes.CONNECTION_BYTES
    return (
        protocol
        + opened
        + requests * _headers(exchange.request_bytes, answered=not held)
        + empty * _headers(exchange.empty_bytes, answered=held)
        + (requests - empty) * _headers(useful, answered=held)
    )


def _headers(message_bytes: float, *, answered: bool) -> float:
    """Of the packets of one message, and of what acknowledges it."""
    size = np.array([max(1, round(message_bytes))])
    return float((wire_sizes.one_way(size, np.array([answered])) - size)[0])
