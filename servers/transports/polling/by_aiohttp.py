"""Short and long polling on the aiohttp site: `GET /short-poll?after=N`, `GET /long-poll?after=N`.

Both are answered with 200 and a JSON array of events, or 204 where there is nothing new; their
handlers raise Refusal (400) and Gap (410), which the site answers.
"""

from aiohttp import web

from feed.history import History
from servers.errors import Refusal
from servers.http import cursor
from servers.http.aiohttp_site import Handler
from servers.http.response import PollResponses
from servers.settings import ServerSettings

DEFAULT_TIMEOUT_S = 30.0
MAX_TIMEOUT_S = 600.0


def short_poll(history: History, settings: ServerSettings) -> Handler:
    """The handler of polls that are answered at once, with whatever there is."""
    responses = PollResponses(settings)

    async def handler(request: web.BaseRequest) -> web.Response:
        after = cursor.parse(request.query.get("after"), history)
        return responses.by_aiohttp(request, history.since(after))

    return handler


def long_poll(history: History, settings: ServerSettings) -> Handler:
    """As short_poll, but a poll that found nothing waits for the next event, up to `timeout_s`."""
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
        expected = f"a number of seconds above 0 and up to {MAX_TIMEOUT_S:g}"
        raise Refusal(400, f"timeout_s must be {expected}, not {cursor.shortened(text)!r}")
    return timeout_s
