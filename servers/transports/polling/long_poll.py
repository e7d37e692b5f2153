"""Long polling: `GET /long-poll?after=N&timeout_s=30` is answered when there is something."""

from aiohttp import web

from feed.history import History
from servers.errors import Refusal
from servers.http import cursor
from servers.http.aiohttp_site import Handler
from servers.http.response import PollResponses
from servers.settings import ServerSettings

DEFAULT_TIMEOUT_S = 30.0
MAX_TIMEOUT_S = 600.0


def long_poll(history: History, settings: ServerSettings) -> Handler:
    """The handler: as short_poll's, but a request that found nothing waits.

    Until the next event, or for timeout_s; then it is answered with 204.
    """
    responses = PollResponses(settings)

    async def handler(request: web.BaseRequest) -> web.Response:
        timeout_s = parse_timeout_s(request.query.get("timeout_s"))
        after = cursor.parse(request.query.get("after"), history)
        messages = history.since(after)
        if not messages and await history.changed(timeout_s):
            messages = history.since(after)
        return responses.by_aiohttp(request, messages)

    return handler


def parse_timeout_s(text: str | None) -> float:
    """Seconds, more than 0 and at most MAX_TIMEOUT_S. Raises Refusal (400) for anything else."""
    if text is None:
        return DEFAULT_TIMEOUT_S
    try:
        timeout_s = float(text)
    except ValueError:
        timeout_s = 0.0
    if not 0 < timeout_s <= MAX_TIMEOUT_S:
        raise Refusal(
            400,
            f"timeout_s must be a number of seconds above 0 and up to {MAX_TIMEOUT_S:g}, "
            f"not {cursor.shortened(text)!r}",
        )
    return timeout_s
