"""A server that runs already, in any language, and the scenario as it can be measured.

It describes itself at `GET /pushbench` (docs/reference/protocol/running-server.md). It is neither
started nor ended from here.
"""

import time
import urllib.error
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from feed.errors import InputError
from feed.spec import FeedSpec
from feed.transport import names, parsed
from loadgen.recording.clock_offset import Offset, Stamps, clock_offset
from loadgen.runfile.scenario import Scenario
from loadgen.under_test.control_client import DIRECT, fetch_clock

PATH = "/pushbench"
ANSWERED_WITHIN_S = 10.0
MAX_ANSWER_BYTES = 1_000_000
EXCHANGES = 9  # of stamps, to compare its clock with this host's


class RunningServer(msgspec.Struct, frozen=True):
    """A server's description of itself.

    urls           transport -> URL, under names as in a scenario.
    control        URL of its control port; "": it has none.
    epoch_unix_ns  the instant from which `due` counts, ns since 1970; not needed with control.
    now_unix_ns    its clock as it answered: by it the two clocks are compared.
    last_seq       of its newest event: where subscribers begin.
    feed           what it pushes; None: events are expected by their numbers.
    address        where it was asked; not part of its answer.
    """

    urls: dict[str, str]
    control: str = ""
    epoch_unix_ns: int | None = None
    now_unix_ns: int | None = None
    last_seq: int = 0
    feed: FeedSpec | None = None
    address: str = ""

    def url(self, transport: str) -> str:
        """Of a transport, by its own name or by that of its protocol. Raises InputError."""
        name = parsed(transport)
        of_protocol = {parsed(each).protocol: url for each, url in reversed(self.urls.items())}
        found = (of_protocol | self.urls).get(name.served, self.urls.get(name.protocol))
        if found is None:
            offered = ", ".join(self.urls) or "nothing"
            raise InputError(f"--target {self.address}: has no {transport}; it offers {offered}")
        return found

    @property
    def known_feed(self) -> FeedSpec | None:
        """What it pushes; None where that cannot be drawn again here, as with a trace."""
        return None if self.feed is None or self.feed.schedule == "trace" else self.feed

    def epoch(self) -> tuple[int, Offset]:
        """Without a control port: its feed's epoch in ns on this host's monotonic clock, and the
        offset of its wall clock. Raises InputError where it no longer answers.
        """
        assert self.epoch_unix_ns is not None
        offset = Offset(0, None)
        if self.now_unix_ns is not None:
            offset = _offset(lambda: fetch_description(self.address).now_unix_ns or 0, time.time_ns)
        own_epoch_ns = time.time_ns() - time.monotonic_ns()
        return self.epoch_unix_ns - offset.ns - own_epoch_ns, offset

    def clock(self) -> Offset:
        """With a control port: the offset of its monotonic clock. Raises TrialFailed."""
        return _offset(lambda: fetch_clock(self.control), time.monotonic_ns)


def fetch_description(address: str) -> RunningServer:
    """Ask at `address`, http://host:port or the whole URL of the description. Raises InputError."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InputError(f"--target {address}: expected a URL, as in http://127.0.0.1:3000")
    url = address if parts.path.strip("/") else f"{parts.scheme}://{parts.netloc}{PATH}"
    try:
        with DIRECT.open(url, timeout=ANSWERED_WITHIN_S) as answer:
            server = msgspec.json.decode(answer.read(MAX_ANSWER_BYTES), type=RunningServer)
    except urllib.error.HTTPError as error:
        error.close()
        raise InputError(f"--target {address}: {url} answers {error.code}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"--target {address}: {url} is no description: {error}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise InputError(f"--target {address}: cannot be reached: {reason}") from None
    if not server.control and server.epoch_unix_ns is None:
        raise InputError(
            f"--target {address}: expected `control` or `epoch_unix_ns` at {url}, found neither"
        )
    return msgspec.structs.replace(server, address=address)


def fit_scenario(scenario: Scenario, server: RunningServer, asked: bool) -> Scenario:
    """The scenario as this server can be measured: its transports and its feed.

    asked: the person named the transports; else all that the server offers are measured. Raises
    InputError where one is missing, or where the scenario has a switch that only servers of ours
    take.
    """
    for key, wanted in (
        ("link", scenario.link != type(scenario.link)()),
        ("http.tls", scenario.http.tls),
        ("websocket.batch_ms", scenario.websocket.batch_ms),
    ):
        if wanted:
            raise InputError(f"--target: {key} cannot be set for a server that runs already")
    # A library that is unknown here is measured under the name of its protocol.
    offered = (name if name in names() else parsed(name).protocol for name in server.urls)
    known = tuple(dict.fromkeys(name for name in offered if name in names()))
    transports = scenario.transports if asked else known
    if not transports:
        raise InputError(f"--target {server.address}: offers no transport that is known here")
    for name in transports:
        if urlsplit(server.url(name)).scheme not in ("http", "ws", "tcp"):
            raise InputError(f"--target {server.address}: {name} is not at an http, ws or tcp URL")
    feed = server.known_feed or scenario.feed
    return msgspec.structs.replace(scenario, transports=transports, feed=feed)


def _offset(theirs: Callable[[], int], ours: Callable[[], int]) -> Offset:
    return clock_offset([Stamps(ours(), theirs(), ours()) for _ in range(EXCHANGES)])
