"""The settings of a server process, which travel as one JSON object."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from feed.spec import FeedSpec

Port = Annotated[int, Meta(ge=0, le=65_535)]
Seconds = Annotated[float, Meta(ge=0, le=3_600)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An object of the settings: unknown keys are refused."""


class SlowReader(_Table, frozen=True):
    """When a subscriber that does not read fast enough is closed.

    buffer_bytes  unsent bytes that may pile up for one connection …
    grace_s       … and how long they may stay above that, so that one big burst closes nobody.
    """

    buffer_bytes: Annotated[int, Meta(ge=1)] = 4 * 1024 * 1024
    grace_s: Seconds = 1.0


class Heartbeat(_Table, frozen=True):
    """Of Socket.IO, in seconds, as python-socketio has them by default.

    interval_s  from a client's last pong until it is asked again.
    timeout_s   how long it may take to answer, before its session ends.
    """

    interval_s: Seconds = 25.0
    timeout_s: Seconds = 20.0


class TlsFiles(_Table, frozen=True):
    """PEM files: the certificate with those that lead to its authority, and its private key."""

    chain: str
    key: str


class ServerSettings(_Table, frozen=True):
    """One server process.

    transports          names out of servers.registry.TRANSPORTS.
    host, port          where they listen: the HTTP transports share `port`, each other one takes
                        the next port after it. 0: any free ports.
    control_port        where /barrier, /clock and /figures are; 0: any free port.
    control_host        the address of that port; "": host. Elsewhere, so that the transports'
                        network carries nothing but them.
    feed                what is pushed: the [feed] table of a scenario.
    publishes           false: nothing is, and the server is there for its echo alone.
    headers             profile of the polls' answers, out of servers.http.header_profiles.CAPTURED.
    history             events kept for those who come late.
    loop                `uvloop` or `asyncio`.
    autostart           the feed starts at once, and nobody waits at the barrier.
    until_stdin_closes  end when standard input does, so that the server never outlives whoever
                        started it.
    lead_ns             from the barrier's opening to the epoch: time for the answers to arrive.
    slow_reader         what a push transport puts up with: buffer_bytes for grace_s.
    heartbeat           of Socket.IO: interval_s and timeout_s.
    tls                 PEM files `chain` and `key` for https and wss; null: http and ws. Control
                        has none.
    compression         gzip for polls, permessage-deflate for WebSocket, where clients offer it.
    batch_s             events are gathered for so long and pushed together; 0: each at once.
    heartbeat_s         an event stream that was silent for so long gets a comment.
    page                serve people as well: the page, its chat, and a rate that they may change.
    """

    transports: Annotated[tuple[str, ...], Meta(min_length=1)]
    host: str = "127.0.0.1"
    port: Port = 0
    control_port: Port = 0
    control_host: str = ""
    feed: FeedSpec = FeedSpec()
    publishes: bool = True
    headers: Literal["minimal", "chrome", "quantum-2010"] = "minimal"
    history: Annotated[int, Meta(ge=1, le=10_000_000)] = 100_000
    loop: Literal["uvloop", "asyncio"] = "uvloop"
    autostart: bool = False
    until_stdin_closes: bool = False
    lead_ns: Annotated[int, Meta(ge=0, le=60_000_000_000)] = 200_000_000
    slow_reader: SlowReader = SlowReader()
    heartbeat: Heartbeat = Heartbeat()
    tls: TlsFiles | None = None
    compression: bool = False
    batch_s: Annotated[float, Meta(ge=0, le=60)] = 0.0
    heartbeat_s: Annotated[float, Meta(gt=0, le=3_600)] = 15.0
    page: bool = False
