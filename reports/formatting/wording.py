"""What a workload's report speaks of: events that are pushed, or texts and their echoes."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """The words that differ from one workload to the other.

    title     of the page.
    each      what is counted, in the singular.
    asking    what the transports of requests are called, all together.
    latency   what the time is called.
    freshness what a reader wants who wants it short.
    at_median what stands below it on a card.
    half_took what is said of a median alone, with a place for it.
    arrived   title of the latency's drawing; shares, axis: what its axes count.
    delivered, deliveries  one of what bytes, and what CPU is divided by.
    nothing_asked  what is said of a run without any of those.
    theory    how to read what theory says.
    sections  key → heading, how to read it; of the measured sections, as they are read.
    """

    title: str
    each: str
    asking: str
    latency: str
    freshness: str
    at_median: str
    half_took: str
    arrived: str
    shares: str
    axis: str
    delivered: str
    deliveries: str
    nothing_asked: str
    theory: str
    sections: Mapping[str, tuple[str, str]]

    @property
    def several(self) -> str:
        return f"{self.each}s"


FEED = Wording(
    title="What polling wastes, and what a push saves",
    each="event",
    asking="polling",
    latency="latency",
    freshness="freshness",
    at_median="old on arrival, at the median",
    half_took="half of its events were older than {} on arrival",
    arrived="Share of events that had arrived, by time since they were due",
    shares="share of events that had arrived",
    axis="time since the event was due (log scale)",
    delivered="delivered event",
    deliveries="deliveries",
    nothing_asked="No polling transport has figures, so there is no waste to show.",
    theory="Expected: for the very due times of each round. In general: over all feeds of this "
    "kind. Theory knows the scenario, the link and the sizes of one poll. The time that server and "
    "clients take is not in it.",
    sections={
        "latency": (
            "How old are my messages?",
            "Each curve climbs as events arrive: the further left, the fresher. "
            "The dot marks the median; the thin dashes are what theory expects.",
        ),
        "requests": (
            "Requests, useful and empty",
            "A useful request came back with at least one event, an empty one with nothing.",
        ),
        "layers": (
            "Bytes for each delivered event",
            "From the text itself outwards; each layer adds to the one before it. Theory’s tick "
            "stands where HTTP or frames should end.",
        ),
        "cpu": (
            "CPU time for 1,000 deliveries",
            "The server’s own time, and the time that the clients together took.",
        ),
        "memory": (
            "Memory for each client",
            "By how much the processes had grown, divided by the connected clients.",
        ),
    },
)

ECHO = Wording(
    title="What a request for each message costs, and what a socket saves",
    each="exchange",
    asking="requests",
    latency="round trip",
    freshness="fast answers",
    at_median="round trip, at the median",
    half_took="half of its round trips took longer than {}",
    arrived="Share of texts that had been answered, by time since they were due",
    shares="share of texts that had been answered",
    axis="time since the text was due (log scale)",
    delivered="exchange",
    deliveries="exchanges",
    nothing_asked="No transport of requests has figures to be held against the socket’s.",
    theory="Expected: two transits of the link for each text, and the bytes that follow from its "
    "size. Theory knows the scenario, the link and one POST, and gives server and clients no time.",
    sections={
        "latency": (
            "How long a text takes to come back",
            "The round trip counts from the instant at which the text was planned. Each curve "
            "climbs as answers arrive: the further left, the faster. The dot marks the median; the "
            "thin dashes are what theory expects.",
        ),
        "requests": (
            "Requests",
            "Over HTTP each text is a request of its own; a WebSocket makes none once it is open.",
        ),
        "layers": (
            "Bytes for each exchange",
            "From the text and its answer outwards; each layer adds to the one before it. Theory’s "
            "tick stands where HTTP or WebSocket should end.",
        ),
        "cpu": (
            "CPU time for 1,000 exchanges",
            "The server’s own time, and the time that the clients together took.",
        ),
        "memory": FEED.sections["memory"],
    },
)

_WORDINGS = {"feed": FEED, "echo": ECHO}


def wording(workload: str) -> Wording:
    """Of that workload."""
    return _WORDINGS[workload]
