"""A server that runs already, in any language: what it says of itself, and what it offers.

It says so at `GET /pushbench` (docs/protocol.md). It is neither started nor ended from here.
"""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from feed.errors import InputError
from feed.spec import FeedSpec
from feed.transport import names, parsed
from loadgen.errors import TrialFailed
from loadgen.recording.clock_offset import Offset, Stamps, clock_offset
from loadgen.runfile.scenario import Scenario
from loadgen.under_test import control_client as control

PATH = "/pushbench"
ANSWERED_WITHIN_S = 10.0
MAX_ANSWER_BYTES = 1_000_000
EXCHANGES = 9  # of stamps, to compare its clock with this host's


class About(msgspec.Struct, frozen=True):
    """What a target says of itself.

    urls           transport -> URL, under names as in a scenario.
    control        URL of its control port; "": it has none.
    epoch_unix_ns  the instant from which `due` counts, ns since 1970; not needed with control.
    now_unix_ns    its clock as it answered: by it the two clocks are compared.
    last_seq       of its newest event: where subscribers begin.
    feed           what it pushes; None: events are expected by their numbers.
    """

    urls: dict[str, str]
    control: str = ""
    epoch_unix_ns: int | None = None
    now_unix_ns: int | None = None
    last_seq: int = 0
    feed: FeedSpec | None = None


@dataclass(frozen=True)
class Target:
    """A server at `place`, as it answered there; each trial looks again."""

    place: str
    about: About

    def url(self, transport: str) -> str:
        """Of a transport, by its own name or by that of its protocol. Raises InputError."""
        for name in (parsed(transport).served, parsed(transport).protocol):
            if name in self.about.urls:
                return self.about.urls[name]
        for name, url in self.about.urls.items():
            if parsed(name).protocol == parsed(transport).served:
                return url
        offered = ", ".join(self.about.urls) or "nothing"
        raise InputError(f"--target {self.place}: has no {transport}; it offers {offered}")

    @property
    def feed(self) -> FeedSpec | None:
        """What it pushes; None where that cannot be drawn again here, as with a trace."""
        feed = self.about.feed
        return None if feed is None or feed.schedule == "trace" else feed

    def epoch(self) -> tuple[int, Offset]:
        """Of its feed on this host's monotonic clock, without a control port; and how far off."""
        assert self.about.epoch_unix_ns is not None
        offset = Offset(0, None)
        if self.about.now_unix_ns is not None:
            offset = _offset(lambda: look(self.place).about.now_unix_ns or 0, time.time_ns)
        return (
            self.about.epoch_unix_ns - offset.ns - (time.time_ns() - time.monotonic_ns()),
            offset,
        )

    def clock(self) -> Offset:
        """Its monotonic clock against this host's, with a control port."""
        return _offset(lambda: control.clock(self.about.control), time.monotonic_ns)


def look(place: str) -> Target:
    """Ask the server at `place`, http://host:port or the whole URL of its description.

    Raises InputError where it cannot be reached or says something else.
    """
    parts = urlsplit(place)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InputError(f"--target {place}: expected a URL, as in http://127.0.0.1:3000")
    url = place if parts.path.strip("/") else f"{parts.scheme}://{parts.netloc}{PATH}"
    # A proxy in the environment must not see, or answer, what goes to a server under test.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=ANSWERED_WITHIN_S) as answer:
            about = msgspec.json.decode(answer.read(MAX_ANSWER_BYTES), type=About)
    except urllib.error.HTTPError as error:
        error.close()
        raise InputError(f"--target {place}: {url} answers {error.code}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"--target {place}: {url} is no description: {error}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise InputError(f"--target {place}: cannot be reached: {reason}") from None
    if not about.control and about.epoch_unix_ns is None:
        raise InputError(
            f"--target {place}: expected `control` or `epoch_unix_ns` at {url}, found neither"
        )
    return Target(place, about)


def fit(scenario: Scenario, target: Target, asked: bool) -> Scenario:
    """The scenario as this target can be measured: its transports and its feed.

    asked: the person named the transports; else all that the target offers are measured. Raises
    InputError where one is missing, or where the scenario asks for what a target cannot be given.
    """
    for key, wanted in (
        ("link", scenario.link != type(scenario.link)()),
        ("http.tls", scenario.http.tls),
        ("websocket.batch_ms", bool(scenario.websocket.batch_ms)),
    ):
        if wanted:
            raise InputError(f"--target: {key} cannot be set for a server that runs already")
    names = scenario.transports if asked else tuple(_known(target.about.urls))
    if not names:
        raise InputError(f"--target {target.place}: offers no transport that is known here")
    for name in names:
        if urlsplit(target.url(name)).scheme not in ("http", "ws", "tcp"):
            told = f"{name} is not at an http, ws or tcp URL"
            raise InputError(f"--target {target.place}: {told}")
    feed = target.feed or scenario.feed
    return msgspec.structs.replace(scenario, transports=names, feed=feed)


def again(place: str) -> Target:
    """As look(), in the middle of a run. Raises TrialFailed."""
    try:
        return look(place)
    except InputError as error:
        raise TrialFailed(str(error)) from None


def _offset(theirs: Callable[[], int], ours: Callable[[], int]) -> Offset:
    return clock_offset([Stamps(ours(), theirs(), ours()) for _ in range(EXCHANGES)])


def _known(offered: dict[str, str]) -> dict[str, None]:
    """The names that a scenario may have; one of a library unknown here, by its protocol."""
    found = ((name if name in names() else parsed(name).protocol) for name in offered)
    return dict.fromkeys(name for name in found if name in names())
