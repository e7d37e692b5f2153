"""What a server process is told when it starts."""

import msgspec

from feed.spec import FeedSpec


class SlowReader(msgspec.Struct, frozen=True):
    """When a subscriber that does not read fast enough is closed (code 1013).

    buffer_bytes  unsent bytes that may pile up for one connection …
    grace_s       … and how long they may stay above that, so that one big burst closes nobody.
    """

    buffer_bytes: int = 4 * 1024 * 1024
    grace_s: float = 1.0


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One server process.

    transports          names out of servers.transports.TRANSPORTS.
    host, port          where they listen: the HTTP transports share `port`, each other one takes
                        the next port after it. 0: any free ports.
    control_port        where /barrier, /clock and /figures are; 0: any free port.
    feed                what is pushed.
    headers             profile of the polls' answers, out of servers.headers.PROFILES.
    history             events held for those who come late.
    loop                `uvloop` or `asyncio`.
    autostart           the feed starts at once, and nobody waits at the barrier.
    until_stdin_closes  end when standard input does, so that the server never outlives whoever
                        started it.
    lead_ns             from the barrier's opening to the epoch: time for the answers to arrive.
    slow_reader         what a push transport puts up with.
    """

    transports: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 0
    control_port: int = 0
    feed: FeedSpec = FeedSpec()
    headers: str = "minimal"
    history: int = 100_000
    loop: str = "uvloop"
    autostart: bool = False
    until_stdin_closes: bool = False
    lead_ns: int = 200_000_000
    slow_reader: SlowReader = SlowReader()
