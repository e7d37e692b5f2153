"""The client of a server's control port, JSON over HTTP (docs/reference/protocol)."""

import http.client
import urllib.error
import urllib.request
from typing import TypeVar

import msgspec

from feed.process import Usage
from loadgen.errors import TrialFailed

T = TypeVar("T")

# No proxy of the environment: it must not see, or answer, what goes to a server under test.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Opening(msgspec.Struct, frozen=True):
    """The barrier's answer once every worker has arrived, on the server's monotonic clock.

    epoch_ns   from which `due` counts.
    begins_ns  from which this trial's warm-up counts; None: the epoch.
    """

    epoch_ns: int
    begins_ns: int | None = None


class _Clock(msgspec.Struct, frozen=True):
    now_ns: int


class Published(msgspec.Struct, frozen=True):
    """The events appended so far; last_seq: the newest one's."""

    last_seq: int


class ServerReadings(msgspec.Struct, frozen=True):
    """A server's figures of itself; the window's readings are None until they were taken.

    lags_ns  appended - due, of each event that was due in the window, in order of seq.
    now      as it answered; None of a server that does not read it.
    """

    ready: Usage
    window_start: Usage | None
    window_end: Usage | None
    published: Published
    lags_ns: list[int]
    loop: str
    libraries: dict[str, str]
    now: Usage | None = None


def wait_at_barrier(
    url: str, *, workers: int, warmup_ns: int, duration_ns: int, timeout_s: float
) -> Opening:
    """Wait for the other workers. Blocking: call in a thread. Raises TrialFailed."""
    arrival = {"workers": workers, "warmup_ns": warmup_ns, "duration_ns": duration_ns}
    return _fetch(f"{url}/barrier", Opening, timeout_s, msgspec.json.encode(arrival))


def fetch_clock(url: str) -> int:
    """The server's monotonic clock as it answered, in ns. Raises TrialFailed."""
    return _fetch(f"{url}/clock", _Clock).now_ns


def fetch_figures(url: str) -> ServerReadings:
    """The server's figures of itself, read now. Raises TrialFailed."""
    return _fetch(f"{url}/figures", ServerReadings)


def _fetch(url: str, kind: type[T], timeout_s: float = 10.0, body: bytes | None = None) -> T:
    headers = {"Content-Type": "application/json"} if body else {}
    request = urllib.request.Request(url, body, headers)
    try:
        with DIRECT.open(request, timeout=timeout_s) as answer:
            return msgspec.json.decode(answer.read(), type=kind)
    except urllib.error.HTTPError as error:
        with error:
            reason = error.read(300).decode(errors="replace")
        raise TrialFailed(f"the server refused {url}: {error.code} {reason}") from None
    except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
        raise TrialFailed(f"no answer from the server at {url}: {error}") from None
