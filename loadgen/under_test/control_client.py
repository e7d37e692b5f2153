"""The load generator's side of a server's control port (docs/protocol.md): JSON over HTTP."""

import http.client
import urllib.error
import urllib.request
from typing import TypeVar

import msgspec

from feed.process import Usage
from loadgen.errors import TrialFailed

T = TypeVar("T")


class Opening(msgspec.Struct, frozen=True):
    """The server's answer once every worker has arrived, on its monotonic clock.

    epoch_ns   from which `due` counts.
    begins_ns  from which this trial's warm-up counts; None: the epoch.
    """

    epoch_ns: int
    begins_ns: int | None = None


class _Clock(msgspec.Struct, frozen=True):
    now_ns: int


class Published(msgspec.Struct, frozen=True):
    """The events appended so far."""

    first_seq: int
    last_seq: int


class ServerAccount(msgspec.Struct, frozen=True):
    """What the server says of itself; the window's readings are None until they were taken.

    epoch_ns  None before the barrier opened.
    lags_ns   appended - due, of each event that was due in the window, in order of seq.
    now       as it answered; None of a server that does not tell.
    """

    ready: Usage
    window_start: Usage | None
    window_end: Usage | None
    published: Published
    epoch_ns: int | None
    lags_ns: list[int]
    loop: str
    libraries: dict[str, str]
    now: Usage | None = None


def barrier(
    url: str, *, workers: int, warmup_ns: int, duration_ns: int, timeout_s: float
) -> Opening:
    """Wait for the other workers. Blocking: call in a thread."""
    body = {"workers": workers, "warmup_ns": warmup_ns, "duration_ns": duration_ns}
    request = urllib.request.Request(
        f"{url}/barrier",
        data=msgspec.json.encode(body),
        headers={"Content-Type": "application/json"},
    )
    return _exchange(request, Opening, timeout_s)


def clock(url: str, timeout_s: float = 10.0) -> int:
    """The server's monotonic clock as it answered, in ns."""
    return _exchange(urllib.request.Request(f"{url}/clock"), _Clock, timeout_s).now_ns


def account(url: str, timeout_s: float = 10.0) -> ServerAccount:
    """The server's figures as they stand now."""
    return _exchange(urllib.request.Request(f"{url}/figures"), ServerAccount, timeout_s)


def _exchange(request: urllib.request.Request, kind: type[T], timeout_s: float) -> T:
    # A proxy in the environment must not see, or answer, what goes to a server under test.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout_s) as answer:
            return msgspec.json.decode(answer.read(), type=kind)
    except urllib.error.HTTPError as error:
        with error:
            said = error.read(300).decode(errors="replace")
        raise TrialFailed(f"the server refused {request.full_url}: {error.code} {said}") from None
    except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
        raise TrialFailed(f"no answer from the server at {request.full_url}: {error}") from None
