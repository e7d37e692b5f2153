"""Short polling: `GET /short-poll?after=N` is answered at once, with whatever there is."""

from aiohttp import web

from feed.history import History
from servers.http import cursor
from servers.http.aiohttp_site import Handler
from servers.http.response import PollResponses
from servers.settings import ServerSettings


def short_poll(history: History, settings: ServerSettings) -> Handler:
    """The handler: 200 and a JSON array of events, or 204 where there is nothing new.

    It raises Refusal (400) and Gap (410), which the site answers.
    """
    responses = PollResponses(settings)

    async def handler(request: web.BaseRequest) -> web.Response:
        after = cursor.parse(request.query.get("after"), history)
        return responses.by_aiohttp(request, history.since(after))

    return handler
