"""Transports: a name taken apart, and one table of what each transport is and can do.

A name is `protocol[@library][#mark]`: the library that serves it where it is not the default, then
`#chromium` where pages in a browser receive it, or `#2` where it is held against itself. All other
tables of transports, of servers, clients, models and colours, are keyed by these names. Another
package adds a transport by entry points: docs/how-to/add-a-transport.md.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

SHORT_POLL = "short-poll"
LONG_POLL = "long-poll"
SSE = "sse"
WEBSOCKET = "websocket"
TCP = "tcp"
SOCKETIO_POLLING = "socketio-polling"
SOCKETIO_WEBSOCKET = "socketio-websocket"
POST = "post"

CHROMIUM = "chromium"


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What a transport is and can do.

    delivery     `grid`: polls at an interval; `waiting`: a poll waits until there is an event;
                 `push`: the server sends; `reply`: to a text that the client posts.
    workloads    what it can carry: a feed, an echo's texts, or both.
    pages        whether a web page can speak it.
    compression  `optional`: as http.compression says; `never`: its bytes are the same with it on;
                 `refused`: its library has none, so that the scenario must leave it off.
    on_node      whether servers/node serves it.
    bare         whether it is a bare socket, which no browser speaks: the floor for all others.
    """

    delivery: Literal["grid", "waiting", "push", "reply"]
    workloads: tuple[str, ...] = ("feed",)
    pages: bool = False
    compression: Literal["optional", "never", "refused"] = "optional"
    on_node: bool = False
    bare: bool = False


_BOTH = ("feed", "echo")
_OURS = {
    POST: Traits(delivery="reply", workloads=("echo",)),
    SHORT_POLL: Traits(delivery="grid", pages=True),
    LONG_POLL: Traits(delivery="waiting", pages=True),
    WEBSOCKET: Traits(delivery="push", workloads=_BOTH, pages=True),
    SSE: Traits(delivery="push", pages=True, compression="never"),
    TCP: Traits(delivery="push", compression="never", bare=True),
    SOCKETIO_POLLING: Traits(delivery="waiting"),
    SOCKETIO_WEBSOCKET: Traits(delivery="push", workloads=_BOTH),
    "short-poll@httptools": Traits(delivery="grid", pages=True),
    "long-poll@httptools": Traits(delivery="waiting", pages=True),
    "websocket@aiohttp": Traits(delivery="push", pages=True),
    "websocket@picows": Traits(delivery="push", pages=True, compression="refused"),
    "websocket@nodejs-websocket": Traits(
        delivery="push", workloads=_BOTH, pages=True, on_node=True
    ),
    "socketio-websocket@node": Traits(delivery="push", workloads=_BOTH, on_node=True),
    "socketio-polling@node": Traits(delivery="waiting", on_node=True),
}
# Of a name that no table has, as in a run file from elsewhere: it counts as polling.
_UNKNOWN = Traits(delivery="waiting", workloads=())


def with_plugins(table: dict[str, Any], group: str) -> dict[str, Any]:
    """The table, and what installed packages add to it by entry points of this group."""
    from importlib.metadata import entry_points  # here, as --help needs no table

    return table | {each.name: each.load() for each in entry_points(group=group)}


@cache
def table() -> dict[str, Traits]:
    """Name at the server → Traits, those of other packages too (`pushbench.transports`)."""
    return with_plugins(_OURS, "pushbench.transports")


def names(workload: str = "feed") -> tuple[str, ...]:
    """The transports that can carry this workload, as servers name them."""
    return tuple(name for name, traits in table().items() if workload in traits.workloads)


@dataclass(frozen=True)
class Transport:
    """A name taken apart. library: "" for the default one. marks: what stands behind each #."""

    protocol: str
    library: str
    marks: tuple[str, ...]

    @property
    def served(self) -> str:
        """Its name at the server, without marks."""
        return f"{self.protocol}@{self.library}" if self.library else self.protocol

    @property
    def traits(self) -> Traits:
        """Of this library, or else of the protocol."""
        return table().get(self.served) or table().get(self.protocol, _UNKNOWN)

    @property
    def pushes(self) -> bool:
        return self.traits.delivery == "push"

    @property
    def polls_on_grid(self) -> bool:
        """Its requests have slots at the scenario's interval."""
        return self.traits.delivery == "grid"

    @property
    def in_chromium(self) -> bool:
        """Its clients are pages in a browser."""
        return CHROMIUM in self.marks

    @property
    def is_again(self) -> bool:
        """The same transport under a second name, such as `websocket#2`: it measures noise."""
        return any(mark.isdigit() for mark in self.marks)

    @property
    def is_plain(self) -> bool:
        """Received by our own clients, under its first name."""
        return not self.marks

    @property
    def is_choice(self) -> bool:
        """Somebody could take it: it is plain, and no bare socket."""
        return self.is_plain and not self.traits.bare


@cache
def parsed(name: str) -> Transport:
    """The one parser of names; any text is taken, known or not."""
    served, *marks = name.split("#")
    protocol, _, library = served.partition("@")
    return Transport(protocol, library, tuple(marks))
