"""What a server process is told when it starts."""

import msgspec

from feed.spec import FeedSpec


class SlowReader(msgspec.Struct, frozen=True):
    """When a subscriber that does not read fast enough is closed.

    buffer_bytes  unsent bytes that may pile up for one connection …
    grace_s       … and how long they may stay above that, so that one big burst closes nobody.
    """

    buffer_bytes: int = 4 * 1024 * 1024
    grace_s: float = 1.0


class Heartbeat(msgspec.Struct, frozen=True):
    """Of Socket.IO, in seconds, as python-socketio has them by default.

    interval_s  from a client's last pong until it is asked again.
    timeout_s   how long it may take to answer, before its session ends.
    """

    interval_s: float = 25.0
    timeout_s: float = 20.0


class TlsFiles(msgspec.Struct, frozen=True):
    """PEM files: the certificate with those that lead to its authority, and its private key."""

    chain: str
    key: str


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One server process.

    transports          names out of servers.registry.TRANSPORTS.
    host, port          where they listen: the HTTP transports share `port`, each other one takes
                        the next port after it. 0: any free ports.
    control_port        where /barrier, /clock and /figures are; 0: any free port.
    control_host        the address of that port; "": host. Elsewhere, so that the transports'
                        network carries nothing but them.
    feed                what is pushed.
    publishes           False: nothing is, and the server is there for its echo alone.
    headers             profile of the polls' answers, out of servers.http.header_profiles.PROFILES.
    history             events held for those who come late.
    loop                `uvloop` or `asyncio`.
    autostart           the feed starts at once, and nobody waits at the barrier.
    until_stdin_closes  end when standard input does, so that the server never outlives whoever
                        started it.
    lead_ns             from the barrier's opening to the epoch: time for the answers to arrive.
    slow_reader         what a push transport puts up with.
    heartbeat           how often Socket.IO asks whether a client is there.
    tls                 the certificate of https and wss; None: http and ws. Control has none.
    compression         gzip for polls, permessage-deflate for WebSocket, where clients offer it.
    batch_s             events are gathered for so long and pushed together; 0: each at once.
    heartbeat_s         an event stream that was silent for so long gets a comment.
    page                serve people as well: the page, its chat, and a rate that they may change.
    """

    transports: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 0
    control_port: int = 0
    control_host: str = ""
    feed: FeedSpec = FeedSpec()
    publishes: bool = True
    headers: str = "minimal"
    history: int = 100_000
    loop: str = "uvloop"
    autostart: bool = False
    until_stdin_closes: bool = False
    lead_ns: int = 200_000_000
    slow_reader: SlowReader = SlowReader()
    heartbeat: Heartbeat = Heartbeat()
    tls: TlsFiles | None = None
    compression: bool = False
    batch_s: float = 0.0
    heartbeat_s: float = 15.0
    page: bool = False
