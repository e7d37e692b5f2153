"""The closed list of checks on a trial, each with its likely cause and a remedy."""

from dataclasses import dataclass

from reports.summary.limits import (
    Examine,
    clocks,
    cpu,
    delay,
    loop_lag,
    none_of,
    pause,
    publish_lag,
    samples,
    stall,
    stolen,
)


@dataclass(frozen=True)
class Check:
    """examine  what was seen and the limit, both as text; None: passed (reports/summary/limits.py).
    sickens  the load generator measured itself: the trial's numbers are no facts.
    """

    name: str
    examine: Examine
    cause: str
    remedy: str
    sickens: bool = False


FAILED = Check(
    name="failed trial",
    examine=lambda figures, interval_ns: None,
    cause="The server or a worker did not get through the trial.",
    remedy="Read the reason, mend it and run again; the other trials stand.",
)

THEORY = Check(
    name="theory",
    examine=lambda figures, interval_ns: None,
    cause="The time of server, generator and machine, which theory lacks, or too plain a model.",
    remedy="Read it as the cost of the implementation; look at the trial’s other findings first.",
)

MIXED_HOSTS = Check(
    name="mixed hosts",
    examine=clocks,
    cause="Clocks that began at different times: server, worker or trials were on two machines.",
    remedy="All on one host; a latency is only as good as the comparison of its two clocks.",
)

CHECKS = (
    Check(
        name="generator CPU",
        examine=cpu,
        cause="A worker process had no time left, so arrivals waited in its sockets.",
        remedy="Fewer clients, or more workers on more cores.",
        sickens=True,
    ),
    Check(
        name="loop lag",
        examine=loop_lag,
        cause="A worker's event loop, or the machine, was busy: arrivals were noticed late.",
        remedy="Fewer clients per worker, and nothing else running on the machine.",
        sickens=True,
    ),
    Check(
        name="client pause",
        examine=pause,
        cause="A worker stood still once for so long, and noticed its arrivals late.",
        remedy="Nothing else running on the machine; fewer workers than cores.",
        sickens=True,
    ),
    Check(
        name="stolen CPU",
        examine=stolen,
        cause="The host of a virtual machine, or a container’s quota, withheld the processor.",
        remedy="A machine of its own, or a larger quota.",
        sickens=True,
    ),
    Check(
        name="request delay",
        examine=delay,
        cause="The generator sent later than planned.",
        remedy="Fewer clients per worker, or a longer interval between two requests of one.",
        sickens=True,
    ),
    Check(
        name="publish lag",
        examine=publish_lag,
        cause="The server, busy with its clients, published late; the latency contains it.",
        remedy="Take it as the server's limit, or lower the rate or the number of clients.",
    ),
    Check(
        name="server stall",
        examine=stall,
        cause="The server stood still once, and the events that were due meanwhile came late.",
        remedy="Look at what the server did then; the p99 and the worst latency contain it.",
    ),
    MIXED_HOSTS,
    Check(
        name="lost events",
        examine=none_of(lambda figures: figures.deliveries.lost),
        cause="What was due had not arrived when the drain ended, or the server had dropped it.",
        remedy="A longer drain; if as much stays lost, the server is overloaded.",
    ),
    Check(
        name="duplicates",
        examine=none_of(lambda figures: figures.deliveries.duplicates),
        cause="A client was given an event again, after it had connected anew.",
        remedy="Look for failed requests and closed connections in the same trial.",
    ),
    Check(
        name="out of order",
        examine=none_of(lambda figures: figures.deliveries.out_of_order),
        cause="Something newer overtook something older.",
        remedy="Look for requests of one client that overlap.",
    ),
    Check(
        name="missed slots",
        examine=none_of(lambda figures: figures.requests.missed_slots),
        cause="A poll took longer than the interval, so the next one was left out.",
        remedy="A longer interval, or fewer clients: the server answers too slowly for this one.",
    ),
    Check(
        name="failed requests",
        examine=none_of(lambda figures: figures.requests.failed),
        cause="The server refused, broke off or answered with an error.",
        remedy="Read the server's output; try fewer clients if it ran out of connections.",
    ),
    Check(
        name="gaps",
        examine=none_of(lambda figures: figures.deliveries.gaps),
        cause="A client came back after the server had let go of the next event.",
        remedy="A longer history in the server, or a shorter poll interval.",
    ),
    Check(
        name="too few samples",
        examine=samples,
        cause="The window held few deliveries: a handful of them decides the percentile.",
        remedy="A longer window, more clients or a higher rate.",
    ),
)
